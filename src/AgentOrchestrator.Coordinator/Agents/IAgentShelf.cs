using AgentOrchestrator.Protocol.Agents;

namespace AgentOrchestrator.Coordinator.Agents;

/// <summary>Where the agents of one org are kept. Names are found without regard to case.</summary>
interface IAgentShelf
{
    /// <summary>Every agent, also failed and inactive ones, by name.</summary>
    Task<IReadOnlyList<AgentView>> ListAsync(CancellationToken cancel);

    Task<AgentView?> FindAsync(string name, CancellationToken cancel);

    /// <exception cref="Protocol.ProductException">Conflict when the name is taken, LimitExceeded past the bound.</exception>
    Task<AgentView> CreateAsync(AgentView agent, CancellationToken cancel);

    /// <returns>Null when there is no such agent.</returns>
    /// <exception cref="Protocol.ProductException">Conflict for an agent that has failed.</exception>
    Task<AgentView?> EditAsync(string name, Func<AgentView, AgentView> edit, CancellationToken cancel);

    Task<bool> DeleteAsync(string name, CancellationToken cancel);
}
