namespace AgentOrchestrator.Protocol.Runs;

/// <summary>Why a run is not worked on: the words of <see cref="RunView.WaitingReason"/>.</summary>
public static class WaitingReasons
{
    /// <summary>It was asked to begin later; <c>not_before</c> says when.</summary>
    public const string Delayed = "delayed";

    /// <summary>Another run of its session is live or comes first.</summary>
    public const string SessionBusy = "session_busy";

    /// <summary>Its agent failed again and again: see <c>quarantine</c> of the agent, mend it and save it, or let it go with <c>ao agents release</c>.</summary>
    public const string AgentQuarantined = "agent_quarantined";

    /// <summary>No runner is registered that was heard of lately.</summary>
    public const string NoRunner = "no_runner";

    /// <summary>No runner has its executor and meets its demands.</summary>
    public const string NoMatchingRunner = "no_matching_runner";

    /// <summary>As many runs are live as the server allows.</summary>
    public const string GlobalCap = "global_cap";

    /// <summary>As many runs of its org are live as the server allows.</summary>
    public const string OrgCap = "org_cap";

    /// <summary>As many runs of its agent are live as the agent allows.</summary>
    public const string AgentCap = "agent_cap";

    /// <summary>Every runner that fits has as many runs as it takes.</summary>
    public const string RunnerBusy = "runner_busy";

    /// <summary>A runner could take it; runs with a higher priority, or of sessions whose turn it is, go first.</summary>
    public const string Priority = "priority";
}
