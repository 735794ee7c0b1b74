namespace AgentOrchestrator.Coordinator.Agents;

/// <summary>An agent that failed again and again: its queued runs wait until a person lets them go.</summary>
/// <param name="Failures">How many of its runs failed, one begun after the other had failed.</param>
/// <param name="RunId">The last of them.</param>
public sealed record Quarantine(string Org, string Agent, DateTimeOffset Since, long Failures, string RunId);
