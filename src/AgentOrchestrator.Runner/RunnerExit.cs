namespace AgentOrchestrator.Runner;

/// <summary>Why a runner ended.</summary>
public enum RunnerExit
{
    /// <summary>It was told to; what it ran was stopped and reported.</summary>
    Shutdown,

    /// <summary>Somebody removed it from the server, and its last run has ended.</summary>
    Deregistered,

    /// <summary>It had nothing to run, and the server did not answer for as long as <see cref="RunnerOptions.GiveUpAfter"/> says.</summary>
    Unreachable,

    /// <summary>The server does not take it: its token is wrong, or another runner of the same name is alive. The log says which.</summary>
    Rejected,
}
