using System.Text;
using AgentOrchestrator.Models;

namespace AgentOrchestrator;

/// <summary>Agents of an orchestrator that work on one task.</summary>
public sealed class AgentTeam
{
    readonly Orchestrator _orchestrator;

    /// <param name="orchestrator">Whose agents they are.</param>
    /// <param name="teamName">The name of the team.</param>
    /// <param name="agentIds">The members, in the order in which they are asked.</param>
    public AgentTeam(Orchestrator orchestrator, string teamName, IReadOnlyList<string> agentIds)
    {
        ArgumentNullException.ThrowIfNull(orchestrator);
        ArgumentNullException.ThrowIfNull(agentIds);
        (_orchestrator, TeamName, AgentIds) = (orchestrator, teamName, [.. agentIds]);
    }

    /// <summary>The name of the team.</summary>
    public string TeamName { get; }

    /// <summary>The members, in the order in which they are asked.</summary>
    public IReadOnlyList<string> AgentIds { get; }

    /// <summary>Gives each member the task, and what they answer to a coordinator. A member that fails does not sink the team: its error stands for its answer.</summary>
    /// <param name="task">What is to be done.</param>
    /// <param name="coordinatorId">Who makes one answer of all; nobody when null.</param>
    /// <param name="mode">Whether the members work one after another or side by side.</param>
    /// <param name="cancellationToken">Ends the work of all.</param>
    /// <exception cref="OrchestratorException">There is no such coordinator.</exception>
    /// <exception cref="ModelException">The coordinator's model cannot be called.</exception>
    public async Task<TeamResult> RunTeamTaskAsync(
        string task, string? coordinatorId = null, TeamMode mode = TeamMode.Sequential, CancellationToken cancellationToken = default)
    {
        var coordinator = coordinatorId is null ? null : _orchestrator.GetAgent(coordinatorId);
        var members = mode == TeamMode.Parallel
            ? await Task.WhenAll(AgentIds.Select(id => AskAsync(id, task, cancellationToken))).ConfigureAwait(false)
            : await InTurnAsync(task, cancellationToken).ConfigureAwait(false);
        var answer = coordinator is null
            ? null
            : await coordinator.RunAsync(SynthesisOf(task, members), cancellationToken: cancellationToken).ConfigureAwait(false);
        return new TeamResult(members, answer);
    }

    async Task<TeamMemberResult[]> InTurnAsync(string task, CancellationToken cancel)
    {
        var results = new List<TeamMemberResult>();
        foreach (var id in AgentIds) { results.Add(await AskAsync(id, task, cancel).ConfigureAwait(false)); }
        return [.. results];
    }

    async Task<TeamMemberResult> AskAsync(string id, string task, CancellationToken cancel)
    {
        try
        {
            return new TeamMemberResult(id, await _orchestrator.RunAsync($"Task for {id}: {task}", id, cancellationToken: cancel).ConfigureAwait(false), null);
        }
        catch (Exception failure) when (failure is ModelException or OrchestratorException)
        {
            return new TeamMemberResult(id, null, failure.Message);
        }
    }

    static string SynthesisOf(string task, IEnumerable<TeamMemberResult> members)
    {
        var text = new StringBuilder($"Synthesize the following team outputs for task '{task}':\n\n");
        foreach (var member in members) { text.Append($"=== {member.AgentId} ===\n{member}\n\n"); }
        return text.ToString();
    }
}

/// <summary>How the members of a team work.</summary>
public enum TeamMode
{
    /// <summary>One after another.</summary>
    Sequential,

    /// <summary>Side by side.</summary>
    Parallel,
}

/// <summary>What came of a team's task. As a text it is the coordinator's answer, else all members' answers.</summary>
/// <param name="Members">In the order of the team.</param>
/// <param name="Answer">The coordinator's; null without one.</param>
public sealed record TeamResult(IReadOnlyList<TeamMemberResult> Members, AgentAnswer? Answer)
{
    /// <summary>The coordinator's answer, else all members' answers.</summary>
    public override string ToString() => Answer?.Text ?? string.Join("\n\n", Members.Select(member => $"=== {member.AgentId} ===\n{member}"));
}

/// <summary>What one member did: an answer or an error.</summary>
public sealed record TeamMemberResult(string AgentId, AgentAnswer? Answer, string? Error)
{
    /// <summary>The answer, or what went wrong.</summary>
    public override string ToString() => Answer?.Text ?? $"error: {Error}";
}
