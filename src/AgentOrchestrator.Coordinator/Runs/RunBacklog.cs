namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>What has not ended, in all orgs: the depth of the queue, the live runs by status, and what waits for parents.</summary>
/// <param name="QuarantinedAgents">Agents whose queued runs wait for a person.</param>
/// <param name="OldestPendingAt">When the run that waits longest was accepted; null for an empty queue.</param>
public sealed record RunBacklog(
    long Pending, long Claimed, long Running, long Waiting, long Stopping, long CallbacksWaiting, DateTimeOffset? OldestPendingAt,
    long QuarantinedAgents);
