using System.Globalization;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>What the stores refuse, and what they write into runs that ended without a report: the same words on every database.</summary>
public static class RunErrors
{
    public const string LeaseEnded = "The runner stopped reporting and its lease ended";
    public const string NoRunner = "No matching runner available within timeout";
    public const string Restarted = "Coordinator restarted during execution";
    public const string RestartedUnknown = "Coordinator restarted - execution state unknown";
    public const string Stopped = "Session was manually stopped";

    public const string Interrupted = "Another message interrupted it, and the session goes on with that";

    public static string TimedOut(int seconds) =>
        $"The run took longer than its time-out of {seconds} s and was stopped; give it more with timeout_seconds, --timeout, or timeout in agent.json";

    public const string Expired = "The run was not claimed before its queue time-out; give it longer, or more runners";

    public static string Unstarted(int claims) =>
        $"{claims} runners claimed the run and none started it; look at the runners' logs, and retry it when its cause is mended";

    public static ProductException NotEnded(RunStatus status) => new(
        ErrorCode.Conflict,
        $"The run is {WireEnum<RunStatus>.Text(status)}: only one that has ended can be done again. Wait for its end, or stop it",
        "not_ended");

    public static ProductException RetryOpen(string runId) => new(
        ErrorCode.Conflict, $"It is being done again by {runId}, which has not ended; wait for that, or stop it", "retry_open");

    public static ProductException SessionBusy() => new(
        ErrorCode.Conflict, "The session is busy; send the message later, or with when_busy enqueue or interrupt", "session_busy");

    public static ProductException NotFound() => new(ErrorCode.NotFound, "Run not found");

    public static ProductException SessionExists(string name) =>
        new(ErrorCode.Conflict, $"Session '{name}' already exists. Please use a different session name.", "session_exists");

    public static ProductException RunExists(string runId) =>
        new(ErrorCode.Conflict, $"The run '{runId}' is there already, under another session; import under another name", "run_exists");

    public static ProductException IsARoom() => new(
        ErrorCode.Conflict, "A room has no runs of its own; say something in it instead: POST /chat/{room}/messages", "is_a_room");

    public static ProductException SessionNotFound() => new(ErrorCode.NotFound, "Session not found");

    public static ProductException ParentNotFound() => new(ErrorCode.NotFound, "Parent session not found");

    public static ProductException QueueFull(int limit) =>
        new(ErrorCode.LimitExceeded, $"{limit} runs wait for this session already; wait until some have ended, or stop them", "session_queue_full");

    public static ProductException TooManyRunners(CoordinatorOptions options) => new(
        ErrorCode.LimitExceeded,
        $"{options.MaxRunners} runners are registered, which is the most; remove some, or wait: those that are silent are forgotten after {options.RunnerRemoved.TotalSeconds:0} s",
        "runner_limit");

    public static ProductException TreeTooDeep(int limit) => TreeLimit(
        $"A session may have {limit} generations below it and this would be one more; do the work here, or start it outside this tree");

    public static ProductException TooManyLiveChildren(int limit) => TreeLimit(
        $"{limit} children of this session work or are queued already; wait until some have ended, or stop them");

    public static ProductException TreeTooLarge(int limit) => TreeLimit(
        $"{limit} sessions descend from the root of this tree already; delete ended ones, or start this outside the tree");

    /// <summary>What a tree has used leaves nothing for more of it.</summary>
    public static ProductException? TreeBudget(CoordinatorOptions options, UsageTotals used) =>
        options.MaxTreeCostUsd > 0 && used.CostUsd >= options.MaxTreeCostUsd
            ? TreeLimit(string.Create(
                CultureInfo.InvariantCulture, $"The runs of this tree have cost {used.CostUsd:0.00####} of {options.MaxTreeCostUsd:0.00####} US dollars; {StartOutside}"))
        : options.MaxTreeTokens > 0 && used.Tokens >= options.MaxTreeTokens
            ? TreeLimit(string.Create(
                CultureInfo.InvariantCulture, $"The runs of this tree have used {used.Tokens} of {options.MaxTreeTokens} tokens; {StartOutside}"))
        : null;

    const string StartOutside = "do the work here, or have a person start it outside this tree";

    public static ProductException Cycle() => new(
        ErrorCode.Conflict,
        "The parent descends from the session that it would resume: both would wait for each other. Resume it without a parent",
        "cycle");

    public static ProductException WaitsForItself() => new(
        ErrorCode.Conflict,
        "A run cannot wait for a further run of its own session, which starts only after it; send the message without waiting or callback",
        "cycle");

    public static ProductException ParentStopping() => new(
        ErrorCode.Conflict, "The parent session is being stopped and starts nothing more", "parent_stopping");

    public static ProductException StaleLease() =>
        new(ErrorCode.Conflict, "This runner does not hold the lease of the run any more; end its processes and report nothing", "stale_lease");

    public static ProductException NotAllowed(RunStatus from, RunStatus to) => new(
        ErrorCode.Conflict,
        $"The run is {WireEnum<RunStatus>.Text(from)} and cannot become {WireEnum<RunStatus>.Text(to)}",
        "not_allowed");

    public static ProductException Gap(long expected) =>
        new(ErrorCode.Conflict, $"Output is missing: ordinal {expected} is expected next; send from there", "gap");

    public static ProductException LiveRun() =>
        new(ErrorCode.Conflict, "A run of this session is live; stop it first", "live_run");

    static ProductException TreeLimit(string message) => new(ErrorCode.LimitExceeded, message, "tree_limit");

    public static ProductException KeyReused() =>
        new(ErrorCode.Invalid, "This Idempotency-Key was used for another request; choose a new one", "idempotency_key_reused");
}
