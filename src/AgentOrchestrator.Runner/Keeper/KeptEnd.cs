namespace AgentOrchestrator.Runner.Keeper;

/// <summary>Why a kept program ended.</summary>
enum EndCause
{
    /// <summary>By itself, or by somebody else's signal.</summary>
    Own,

    /// <summary>The runner asked for it.</summary>
    Stopped,

    /// <summary>Its lease was not renewed in time: the server may give the session to somebody else.</summary>
    LeaseEnded,

    /// <summary>No runner came to take it over.</summary>
    Orphaned,

    /// <summary>Its output could not be kept: the disk is full.</summary>
    NoRoom,

    /// <summary>The keeper itself was killed; the runner ended what it had held.</summary>
    KeeperDied,

    /// <summary>The kernel ended one of its processes, because together they had more memory than they may.</summary>
    MemoryLimit,

    /// <summary>The kernel refused it a process, because it had as many as it may.</summary>
    ProcessLimit,
}

/// <summary>How a kept program ended; on the disk before it is told.</summary>
/// <param name="Strongest">The strongest signal that a stop needed.</param>
/// <param name="Written">How many bytes of output there were.</param>
sealed record KeptEnd(int ExitCode, EndCause Cause, Processes.ProcessSignal Strongest, long Written, string ErrorTail);
