using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Coordinator.Audit;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>Which ends of runs hold back the queued runs of their agent, when there are too many of them.</summary>
public static class QuarantineRules
{
    /// <summary>Whether an end speaks against the agent itself: not its model, the prompt, the runner's host or a person, and no end that is tried again.</summary>
    public static bool CountsAgainst(RunEnd end, bool isTriedAgain) =>
        !isTriedAgain && end is { Status: RunStatus.Failed, Reason: "error" or "lost" or "unstarted" or "invalid_output" };

    /// <summary>The entry of the audit, where nobody asked for the act.</summary>
    public static AuditFact Act(Quarantine began) => new(
        began.Since, RunEvents.Coordinator, "-", "-", "agent quarantined", $"{began.Agent} {began.RunId}", AuditIntent.Unanswered, 1, null);
}
