using AgentOrchestrator.Runner.Processes;

namespace AgentOrchestrator.Runner.Keeper;

/// <summary>What runner and keeper say to each other; each run has a connection of its own.</summary>
abstract record KeeperMessage
{
    /// <summary>First on the connection that says, as long as it is open, that a runner is there.</summary>
    public sealed record Hello : KeeperMessage;

    /// <summary>The answer to <see cref="Hello"/>.</summary>
    public sealed record Welcome(int ProcessId, string Containment) : KeeperMessage;

    /// <summary>First on a run's connection: start it. A key is started once and never again.</summary>
    /// <param name="Key">Names the attempt.</param>
    /// <param name="Folder">Where its output and its end are kept.</param>
    /// <param name="MaxKeptBytes">How much output is kept; a program that is further ahead of its reader waits.</param>
    /// <param name="Deadline">When it is killed unless told otherwise, by <see cref="BootClock"/>.</param>
    public sealed record Spawn(string Key, string Folder, long MaxKeptBytes, TimeSpan Deadline, ProcessSpec Program) : KeeperMessage;

    /// <summary>First on a run's connection: go on with it.</summary>
    public sealed record Adopt(string Key) : KeeperMessage;

    /// <summary>It runs, or has run; output and end follow.</summary>
    /// <param name="From">From where on its output is kept and not overwritten before it is said to be consumed.</param>
    /// <param name="Capacity">How much of its output is kept, see <see cref="RingFile"/>.</param>
    public sealed record Started(int ProcessId, long From, long Capacity) : KeeperMessage;

    /// <summary>It was not started.</summary>
    public sealed record Refused(string Reason) : KeeperMessage;

    /// <summary>So much output there is in all.</summary>
    public sealed record Output(long Written) : KeeperMessage;

    /// <summary>So much of it was read.</summary>
    public sealed record Consumed(long Position) : KeeperMessage;

    /// <summary>The lease was renewed.</summary>
    public sealed record Extend(TimeSpan Deadline) : KeeperMessage;

    public sealed record Stop(ProcessSignal First, TimeSpan Grace) : KeeperMessage;

    /// <summary>It has ended, nothing of it is left, and all of its output is there.</summary>
    public sealed record Ended(KeptEnd End) : KeeperMessage;

    /// <summary>The runner has journaled the end; the keeper forgets it.</summary>
    public sealed record Release : KeeperMessage;
}
