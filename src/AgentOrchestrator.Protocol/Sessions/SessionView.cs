namespace AgentOrchestrator.Protocol.Sessions;

/// <summary>A session as every route and feed shows it, in both vocabularies (by id and by name).</summary>
public sealed record SessionView
{
    public required string SessionId { get; init; }
    public required string SessionName { get; init; }
    public required SessionStatus Status { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public string? ProjectDir { get; init; }
    public string? AgentName { get; init; }
    public DateTimeOffset? LastResumedAt { get; init; }
    public string? ParentSessionId { get; init; }
    public string? ParentSessionName { get; init; }
    public ExecutionMode ExecutionMode { get; init; }

    /// <summary>The executor's own id of the conversation, by which it resumes.</summary>
    public string? ExecutorSessionId { get; init; }
    public string? ExecutorType { get; init; }
    public string? ExecutorProfile { get; init; }
    public string? Hostname { get; init; }

    /// <summary>
    /// Why the live run waits, beside a status of <c>running</c>, or why none is claimed, beside <c>pending</c>; null when nothing waits.
    /// Feeds, which tell of changes, leave it out beside <c>pending</c>.
    /// </summary>
    public string? WaitingReason { get; init; }

    /// <summary>What becomes of a message while it works.</summary>
    public Runs.WhenBusy WhenBusy { get; init; }

    /// <summary>The sequence of the newest event; 0 for an empty log.</summary>
    public long LastSeq { get; init; }

    /// <summary>Up to this sequence the log was pruned, apart from results and the ends of runs; 0 for a whole log.</summary>
    public long PrunedTo { get; init; }

    /// <summary><c>room</c> for a room; left out for a conversation with one agent.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)] public string? Kind { get; init; }

    /// <summary>What a stop or deletion of its parent does to it.</summary>
    public ParentEndPolicy OnParentEnd { get; init; }
}

public sealed record SessionAnswer(SessionView Session);

public sealed record SessionList(IReadOnlyList<SessionView> Sessions)
{
    /// <summary>Where the next page begins; null on the last page and when no limit was asked for.</summary>
    public string? NextCursor { get; init; }
}

public sealed record SessionWritten(bool Ok, SessionView Session);

public sealed record SessionStatusAnswer(string Status)
{
    public string? WaitingReason { get; init; }
}

public sealed record SessionResult(string? Result, string? ResultText, System.Text.Json.JsonElement? ResultData)
{
    /// <summary>The sequence of the event that the result was read from.</summary>
    public long? Seq { get; init; }
}

public sealed record SessionDeleted(bool Ok, string SessionId, DeletedCounts Deleted);

public sealed record DeletedCounts(bool Session, long EventsCount, long RunsCount);

public sealed record AffinityAnswer(Affinity Affinity);

public sealed record Affinity(
    string SessionId, string? ExecutorSessionId, string? Hostname, string? ProjectDir, string? ExecutorType);
