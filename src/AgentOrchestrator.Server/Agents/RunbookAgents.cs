using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Coordinator.Agents.Runbooks;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;

namespace AgentOrchestrator.Server.Agents;

/// <summary>Agents that are what their runbooks say: the description is the role, the prompt is the runbook.</summary>
sealed partial class RunbookAgents(AgentCatalog agents, RunbookFolder runbooks, ILogger<RunbookAgents> log)
{
    /// <summary>By which an agent is known whose definition follows its runbook.</summary>
    public const string Tag = "runbook";

    const int MaxDescription = 10_000;

    /// <summary>Makes the agents of runbooks that have none. Once, before anything is served.</summary>
    public async Task OpenAsync(CancellationToken cancel)
    {
        foreach (var name in runbooks.Names())
        {
            try
            {
                if (!await agents.HasKnownAsync(CoordinatorOptions.DefaultOrg, name, cancel)) { await AddAsync(name, cancel); }
            }
            catch (ProductException unusable)
            {
                LogUnusable(name, unusable.Message);
            }
        }
    }

    /// <summary>The agent of a runbook. Null when there is no runbook.</summary>
    public async Task<AgentView?> AddAsync(string name, CancellationToken cancel) => runbooks.FindText(name) is { } found
        ? await agents.CreateAsync(CoordinatorOptions.DefaultOrg, Definition(found.Name, found.Text, runbooks.Find(name)!), cancel)
        : null;

    /// <summary>Takes up what the runbook says now, if the agent follows it.</summary>
    public async Task FollowAsync(string org, AgentView agent, CancellationToken cancel)
    {
        if (org != CoordinatorOptions.DefaultOrg || !agent.Tags.Contains(Tag) || runbooks.FindText(agent.Name) is not { } found) { return; }

        var now = Definition(agent.Name, found.Text, runbooks.Find(agent.Name)!);
        await agents.PatchAsync(org, agent.Name, new WriteAgent { Description = now.Description, SystemPrompt = now.SystemPrompt }, cancel);
    }

    public static WriteAgent Definition(string name, string markdown, Runbook book) => new()
    {
        Name = name,
        Description = book.Role!.Length <= MaxDescription ? book.Role : book.Role[..MaxDescription],
        SystemPrompt = $"You are {name}. This is your runbook; keep to it.\n\n{markdown}",
        Executor = "chat",
        Tags = [Tag],
    };

    [LoggerMessage(LogLevel.Warning, "The runbook of {Name} made no agent: {Error}")]
    partial void LogUnusable(string name, string error);
}
