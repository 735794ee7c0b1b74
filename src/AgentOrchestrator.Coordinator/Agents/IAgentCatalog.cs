using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Coordinator.Agents;

/// <summary>What a queued run needs to know of its agent.</summary>
/// <param name="Name">The agent's own spelling of its name.</param>
/// <param name="Revision">The newest at this moment; the run keeps it whatever is edited later.</param>
/// <param name="Executor">Null = the runner's default.</param>
/// <param name="Demands">Where its runs may be executed; null = anywhere.</param>
public sealed record PinnedAgent(string Name, long Revision, bool IsActive, string? Executor, Demands? Demands)
{
    /// <summary>Of runs that ask for none.</summary>
    public int? Priority { get; init; }

    /// <summary>Of runs that ask for none, in seconds.</summary>
    public int? Timeout { get; init; }

    /// <summary>How many of its runs may be live at once.</summary>
    public int? MaxConcurrent { get; init; }

    /// <summary>When its failed runs are queued again; null for never.</summary>
    public RetryPolicy? Retry { get; init; }
}

/// <summary>Finds the agents that runs are queued for.</summary>
public interface IAgentCatalog
{
    /// <summary>The agent as it is now, active or not; null when there is none of that name.</summary>
    /// <exception cref="Protocol.ProductException">Conflict when its definition cannot be used, saying what is wrong with it.</exception>
    Task<PinnedAgent?> PinAsync(string org, string name, CancellationToken cancel);
}
