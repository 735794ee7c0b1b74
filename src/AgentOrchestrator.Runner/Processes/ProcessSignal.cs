namespace AgentOrchestrator.Runner.Processes;

/// <summary>The signals that the runner sends. Named as on POSIX, because they are reported by these names.</summary>
public enum ProcessSignal
{
    /// <summary>Please finish: what Ctrl-C sends.</summary>
    SIGINT,

    /// <summary>Please end.</summary>
    SIGTERM,

    /// <summary>End now; cannot be refused.</summary>
    SIGKILL,
}
