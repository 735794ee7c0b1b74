using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Sqlite.Sessions;

/// <summary>A session, where its log ends, and what its runs say of its status.</summary>
/// <param name="Live">Of its live run; null without one.</param>
/// <param name="WaitingReason">Why its live run waits.</param>
/// <param name="IsQueued">Whether a run waits to be claimed, where none is live.</param>
sealed record SessionStanding(Session Session, long Place, RunStatus? Live, string? WaitingReason, bool IsQueued)
{
    public SessionStatus Status(SessionStatus? otherwise) => Live switch
    {
        RunStatus.Stopping => SessionStatus.Stopping,
        not null => SessionStatus.Running,
        null => IsQueued ? SessionStatus.Pending : otherwise ?? Session.Status,
    };
}
