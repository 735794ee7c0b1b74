namespace AgentOrchestrator.Coordinator.Agents;

/// <summary>One revision of an agent's definition.</summary>
/// <param name="Digest">SHA-256 of <paramref name="Definition"/>, lower-case hex.</param>
/// <param name="Definition">The <see cref="Protocol.Agents.AgentView"/> as compact JSON.</param>
public sealed record AgentRevision(string Org, string Name, long Revision, string Digest, string Definition, DateTimeOffset CreatedAt);

/// <summary>Definitions of agents by revision; a run is pinned to one. Each verb is one transaction.</summary>
public interface IAgentStore
{
    /// <summary>Keeps the definition: a new revision when the digest differs from the newest one, else the newest.</summary>
    Task<AgentRevision> SaveAsync(string org, string name, string digest, string definition, CancellationToken cancel);

    /// <summary>The newest revision, unless the agent was deleted.</summary>
    Task<AgentRevision?> FindAsync(string org, string name, CancellationToken cancel);

    Task<AgentRevision?> FindRevisionAsync(string org, string name, long revision, CancellationToken cancel);

    /// <summary>The newest revision of every agent that was not deleted, by name.</summary>
    Task<IReadOnlyList<AgentRevision>> ListAsync(string org, CancellationToken cancel);

    /// <summary>The agents whose queued runs wait because it failed too often, by name.</summary>
    Task<IReadOnlyList<Quarantine>> ListQuarantinedAsync(string org, CancellationToken cancel);

    /// <summary>Lets the queued runs of an agent go, and forgets its failures. A new revision of an active agent does the same.</summary>
    /// <returns>Whether it was in quarantine.</returns>
    Task<bool> ReleaseAsync(string org, string name, CancellationToken cancel);

    /// <summary>Marks it deleted; revisions that runs are pinned to stay.</summary>
    Task<bool> DeleteAsync(string org, string name, CancellationToken cancel);
}
