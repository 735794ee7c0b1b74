using System.Text.Json;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Protocol.Runs;

/// <summary>A run as every route shows it. <c>job_id</c> and <c>launcher_id</c> repeat the older vocabulary.</summary>
public sealed record RunView
{
    public required string RunId { get; init; }
    public string JobId => RunId;
    public required RunType Type { get; init; }
    public required string SessionId { get; init; }
    public required string SessionName { get; init; }
    public string? AgentName { get; init; }
    public long? AgentRevision { get; init; }
    public required string Prompt { get; init; }
    public string? ProjectDir { get; init; }
    public string? ParentSessionId { get; init; }
    public string? ParentSessionName { get; init; }
    public required ExecutionMode ExecutionMode { get; init; }
    public Demands? Demands { get; init; }

    /// <summary>A waiting run reads <c>running</c> here, with <see cref="WaitingReason"/> beside it.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>Why it is pending (see <see cref="WaitingReasons"/>), or why it waits though it started.</summary>
    public string? WaitingReason { get; init; }
    public string? RunnerId { get; init; }
    public string? LauncherId => RunnerId;
    public string? Error { get; init; }

    /// <summary>One word for how it ended: <c>error</c>, <c>lost</c>, <c>expired</c>, <c>timeout</c>, <c>unstarted</c>, <c>stopped</c>.</summary>
    public string? Reason { get; init; }
    public int? ExitCode { get; init; }
    public int Attempt { get; init; }

    /// <summary>The run that this one does again, always the first of them; null for a run that does none again.</summary>
    public string? RetryOf { get; init; }

    /// <summary>1 for the first run that does <see cref="RetryOf"/> again; 0 where that is null.</summary>
    public int RetryNumber { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ClaimedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>When a run with demands fails for want of a matching runner.</summary>
    public DateTimeOffset? TimeoutAt { get; init; }
    public int Priority { get; init; }

    /// <summary>How long it may work; null for ever.</summary>
    public int? TimeoutSeconds { get; init; }

    /// <summary>When its time to work is over; null until it starts.</summary>
    public DateTimeOffset? DeadlineAt { get; init; }

    /// <summary>When a delayed run enters the queue.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>When it fails as <c>expired</c>, unless it is claimed before.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>False where it neither reads nor writes what its agent remembers; as the agent says when null.</summary>
    public bool? UseMemory { get; init; }
    public string? ResultText { get; init; }
    public JsonElement? ResultData { get; init; }
    public RunUsage? Usage { get; init; }
}

public sealed record RunList(IReadOnlyList<RunView> Runs)
{
    /// <summary>Where the next page begins; null on the last page and when no limit was asked for.</summary>
    public string? NextCursor { get; init; }
}

/// <summary>Tokens and cost of a run. The four input and output columns do not overlap.</summary>
public sealed record RunUsage
{
    public long? InputTokens { get; init; }
    public long? CachedInputTokens { get; init; }
    public long? CacheWriteTokens { get; init; }
    public long? OutputTokens { get; init; }

    /// <summary>As the executor reports it; null when nobody knows the price.</summary>
    public decimal? CostUsd { get; init; }
    public int? Turns { get; init; }
    public string? Model { get; init; }
    public long? DurationMs { get; init; }
}

/// <summary>Where a run may be executed: equality for the first three, all tags must be offered.</summary>
public sealed record Demands
{
    public string? Hostname { get; init; }
    public string? ProjectDir { get; init; }
    public string? ExecutorType { get; init; }
    public IReadOnlyList<string>? Tags { get; init; }

    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsEmpty => Hostname is null && ProjectDir is null && ExecutorType is null && Tags is not { Count: > 0 };
}
