using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Patterns;

/// <summary>An agent answers, or hands the matter over to one that knows better, which does likewise.</summary>
/// <remarks>Each agent has a tool <c>handoff_to_{name}</c> for each of the others.</remarks>
public sealed class Handoff : IAgent
{
    readonly IReadOnlyList<Agent> _agents;

    /// <param name="id">The name of the whole.</param>
    /// <param name="agents">At least one; the first one is asked first.</param>
    public Handoff(string id, params IReadOnlyList<Agent> agents)
    {
        ArgumentOutOfRangeException.ThrowIfZero(agents.Count, nameof(agents));
        (Id, _agents) = (id, agents);
    }

    /// <inheritdoc/>
    public string Id { get; }

    /// <summary>How often a matter is handed over at most.</summary>
    /// <value>8.</value>
    public int MaxHandoffs { get; init; } = 8;

    /// <inheritdoc/>
    public async Task<AgentAnswer> RunAsync(string message, bool useMemory = true, CancellationToken cancellationToken = default)
    {
        var answers = new List<AgentAnswer>();
        var (agent, text) = (_agents[0], message);
        while (true)
        {
            var desk = new Desk();
            var tools = answers.Count < MaxHandoffs ? desk.ToolsFor(_agents.Where(other => other != agent)) : [];
            answers.Add(await agent.RunAsync(text, useMemory, tools, cancellationToken).ConfigureAwait(false));
            if (desk.Next is not { } next) { return Answers.Combine(Id, answers[^1].Text, answers); }

            (agent, text) = (next, desk.Message);
        }
    }

    /// <summary>Where an agent leaves what it hands over.</summary>
    sealed class Desk
    {
        public Agent? Next { get; private set; }

        public string Message { get; private set; } = "";

        public IReadOnlyList<AIFunction> ToolsFor(IEnumerable<Agent> others) => [.. others.Select(other => AIFunctionFactory.Create(
            (string message) => Take(other, message), $"handoff_to_{other.Id}", $"Hands the matter over to {other.Id}, who is told: {other.SystemMessage}"))];

        string Take(Agent next, string message)
        {
            (Next, Message) = (next, message);
            return $"{next.Id} has it now and will answer; end your turn.";
        }
    }
}
