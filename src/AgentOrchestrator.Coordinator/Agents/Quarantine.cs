using AgentOrchestrator.Coordinator.Audit;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Coordinator.Agents;

/// <summary>An agent that failed again and again: its queued runs wait until a person lets them go.</summary>
/// <param name="Failures">How many of its runs failed, one begun after the other had failed.</param>
/// <param name="RunId">The last of them.</param>
public sealed record Quarantine(string Org, string Agent, DateTimeOffset Since, long Failures, string RunId)
{
    /// <summary>Whether an end speaks against the agent itself: not its model, the prompt, the runner's host or a person, and no end that is tried again.</summary>
    public static bool CountsAgainst(RunEnd end, bool isTriedAgain) =>
        !isTriedAgain && end is { Status: RunStatus.Failed, Reason: "error" or "lost" or "unstarted" or "invalid_output" };

    /// <summary>The entry of the audit, where nobody asked for the act.</summary>
    public AuditFact Act() => new(Since, RunEvents.Coordinator, "-", "-", "agent quarantined", $"{Agent} {RunId}", AuditIntent.Unanswered, 1, null);
}
