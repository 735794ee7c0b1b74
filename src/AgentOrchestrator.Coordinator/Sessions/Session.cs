using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Coordinator.Sessions;

/// <summary>A session as the store has it.</summary>
public sealed record Session
{
    public required string Org { get; init; }
    public required string SessionId { get; init; }
    public required string Name { get; init; }
    public required SessionStatus Status { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public string? ProjectDir { get; init; }
    public string? AgentName { get; init; }
    public DateTimeOffset? LastResumedAt { get; init; }
    public string? ParentSessionId { get; init; }

    /// <summary>Joined from the parent's row when read.</summary>
    public string? ParentName { get; init; }
    public ExecutionMode ExecutionMode { get; init; }
    public ParentEndPolicy OnParentEnd { get; init; }
    public string? ExecutorSessionId { get; init; }
    public string? ExecutorType { get; init; }
    public string? Hostname { get; init; }
    public string? WaitingReason { get; init; }

    /// <summary>For messages that do not say themselves.</summary>
    public Protocol.Runs.WhenBusy WhenBusy { get; init; }
    public long LastSeq { get; init; }

    /// <summary><c>room</c> for a room; null for a conversation with one agent.</summary>
    public string? Kind { get; init; }

    /// <summary>Up to here the log was pruned: of these entries it has only what <see cref="IRetentionStore"/> keeps.</summary>
    public long PrunedTo { get; init; }

    /// <summary>True for its id, its name in any case, and its executor's id.</summary>
    public bool IsCalled(string idOrName) =>
        idOrName == SessionId || idOrName == ExecutorSessionId || string.Equals(idOrName, Name, StringComparison.OrdinalIgnoreCase);
}

public sealed record NewSession
{
    public required string Org { get; init; }
    public required string SessionId { get; init; }
    public required string Name { get; init; }
    public string? ProjectDir { get; init; }
    public string? AgentName { get; init; }

    /// <summary>An id or a name; one that does not exist is refused.</summary>
    public string? Parent { get; init; }
    public ExecutionMode ExecutionMode { get; init; }
    public ParentEndPolicy OnParentEnd { get; init; }

    /// <summary>For messages to it that do not say themselves.</summary>
    public Protocol.Runs.WhenBusy WhenBusy { get; init; }

    /// <summary><c>room</c>, or null.</summary>
    public string? Kind { get; init; }

    /// <summary>What the row is born with: running for a session posted by an executor, pending with a queued run.</summary>
    public SessionStatus Status { get; init; } = SessionStatus.Running;
}

/// <summary>Changes of a session's row; null leaves.</summary>
public sealed record SessionPatch
{
    public string? Name { get; init; }
    public string? ProjectDir { get; init; }
    public string? AgentName { get; init; }
    public DateTimeOffset? LastResumedAt { get; init; }
    public string? ExecutorSessionId { get; init; }
    public string? ExecutorType { get; init; }
    public string? Hostname { get; init; }

    /// <summary>Set by a bind: running, where no run says otherwise.</summary>
    public SessionStatus? StatusWithoutRuns { get; init; }
}

public sealed record DeletedSession(string SessionId, string Name, long Events, long Runs);

/// <summary>Which sessions, newest created first.</summary>
public sealed record SessionQuery
{
    /// <summary>At most this many; everything when null.</summary>
    public int? Limit { get; init; }

    /// <summary>The session after which the page begins, from the previous page's cursor.</summary>
    public PageKey? After { get; init; }
    public SessionStatus? Status { get; init; }
    public string? ParentSessionId { get; init; }
}
