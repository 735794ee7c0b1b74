using System.Text.Json;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>A run as the store has it.</summary>
public sealed record Run
{
    public required string Org { get; init; }
    public required string RunId { get; init; }
    public required RunType Type { get; init; }
    public required string SessionId { get; init; }
    public required string SessionName { get; init; }
    public string? AgentName { get; init; }
    public long? AgentRevision { get; init; }

    /// <summary>What must execute it; null = any runner, by its own default.</summary>
    public string? Executor { get; init; }
    public required string Prompt { get; init; }
    public string? ProjectDir { get; init; }
    public string? ParentSessionId { get; init; }
    public string? ParentName { get; init; }
    public required ExecutionMode ExecutionMode { get; init; }
    public Demands? Demands { get; init; }

    /// <summary>Its parent's run waits for its end, and takes no place of its runner meanwhile.</summary>
    public bool HoldsParent { get; init; }
    public required RunStatus Status { get; init; }
    public string? WaitingReason { get; init; }
    public string? RunnerId { get; init; }

    /// <summary>Rises with every claim; a report must carry the current one.</summary>
    public long Fence { get; init; }
    public int Attempt { get; init; }
    public DateTimeOffset? LeaseUntil { get; init; }
    public string? Error { get; init; }
    public string? Reason { get; init; }
    public int? ExitCode { get; init; }
    public string? ResultText { get; init; }
    public JsonElement? ResultData { get; init; }
    public RunUsage? Usage { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ClaimedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }
    public DateTimeOffset? TimeoutAt { get; init; }
    public int Priority { get; init; }

    /// <summary>As many runs of its agent may be live beside it, itself counted; null for any number.</summary>
    public int? AgentCap { get; init; }

    /// <summary>How long it may work, in seconds; null for ever.</summary>
    public int? TimeoutSeconds { get; init; }

    /// <summary>When its time to work is over. Set by its start.</summary>
    public DateTimeOffset? DeadlineAt { get; init; }

    /// <summary>Not to be claimed earlier.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>When it fails as expired, unless it was claimed before.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Of its agent, as pinned: when it is queued again after a failure; null for never.</summary>
    public RetryPolicy? Retry { get; init; }

    /// <summary>The first of the runs that this one does again; null for a first one.</summary>
    public string? RetryOf { get; init; }

    /// <summary>How many runs did <see cref="RetryOf"/> again up to this one, itself counted.</summary>
    public int RetryNumber { get; init; }

    /// <summary>The next instant at which the coordinator must do something about it, see <see cref="RunClock"/>.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Why it was told to stop, when not by somebody's wish for that: <c>timeout</c>, <c>interrupted</c>.</summary>
    public string? StopReason { get; init; }

    /// <summary>It waits for its <see cref="NotBefore"/> and is not in the queue.</summary>
    public bool IsDelayed { get; init; }

    /// <summary>It waits for another run of its session.</summary>
    public bool IsBehind { get; init; }

    /// <summary>False where it does without its agent's memory; as the agent says when null.</summary>
    public bool? UseMemory { get; init; }

    /// <summary>The W3C trace context that it was queued in.</summary>
    public string? TraceParent { get; init; }
}

public sealed record NewRun
{
    public required string Org { get; init; }
    public required string RunId { get; init; }
    public required RunType Type { get; init; }

    /// <summary>For a start: the session to create. For a resume: null.</summary>
    public NewSession? Session { get; init; }

    /// <summary>For a resume: id or name of the session.</summary>
    public string? Resumes { get; init; }
    public required string Prompt { get; init; }

    /// <summary>For a resume: the session's own where null. The same holds for the folder and the agent.</summary>
    public string? Parent { get; init; }
    public ExecutionMode? ExecutionMode { get; init; }
    public string? ProjectDir { get; init; }
    public string? AgentName { get; init; }
    public long? AgentRevision { get; init; }
    public string? Executor { get; init; }
    public Demands? Demands { get; init; }

    public int Priority { get; init; }

    /// <summary>Of the agent, as pinned.</summary>
    public int? AgentCap { get; init; }

    public int? TimeoutSeconds { get; init; }

    /// <summary>Of the agent, as pinned.</summary>
    public RetryPolicy? Retry { get; init; }

    /// <summary>The first of the runs that this one does again. Refused while another one that does so has not ended.</summary>
    public string? RetryOf { get; init; }

    /// <summary>Null or past: at once. Else the run is out of the queue until then.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>The same by the database's clock.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>How long it may wait for a claim, from when it may begin.</summary>
    public TimeSpan? QueueTimeout { get; init; }

    /// <summary>For a resume: the session's own policy where null.</summary>
    public WhenBusy? WhenBusy { get; init; }

    /// <summary>False: without its agent's memory.</summary>
    public bool? UseMemory { get; init; }

    /// <summary>Who asked; goes into the <c>run_queued</c> event.</summary>
    public string? Actor { get; init; }
    public string? TraceParent { get; init; }
}
