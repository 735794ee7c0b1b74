using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>The table of allowed moves. Stores hold it in the statement that writes; terminal is final.</summary>
public static class RunMoves
{
    public static bool IsTerminal(RunStatus status) => status is RunStatus.Completed or RunStatus.Failed or RunStatus.Stopped;

    /// <summary>Somebody holds a lease on it.</summary>
    public static bool IsLive(RunStatus status) =>
        status is RunStatus.Claimed or RunStatus.Running or RunStatus.Waiting or RunStatus.Stopping;

    public static bool IsAllowed(RunStatus from, RunStatus to) => (from, to) switch
    {
        (RunStatus.Pending, RunStatus.Claimed or RunStatus.Stopped or RunStatus.Failed) => true,
        (RunStatus.Claimed, RunStatus.Pending or RunStatus.Running or RunStatus.Stopping) => true,
        (RunStatus.Claimed, RunStatus.Completed or RunStatus.Failed or RunStatus.Stopped) => true,
        (RunStatus.Running, RunStatus.Waiting or RunStatus.Stopping) => true,
        (RunStatus.Running, RunStatus.Completed or RunStatus.Failed or RunStatus.Stopped) => true,
        (RunStatus.Waiting, RunStatus.Running or RunStatus.Stopping) => true,
        (RunStatus.Waiting, RunStatus.Pending or RunStatus.Completed or RunStatus.Failed or RunStatus.Stopped) => true,
        (RunStatus.Stopping, RunStatus.Completed or RunStatus.Failed or RunStatus.Stopped) => true,
        _ => false,
    };
}
