using System.Text.Json;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Sqlite.Sessions;

namespace AgentOrchestrator.Sqlite.Runs;

/// <summary>Rows of the runs table: how they are found and read.</summary>
static class RunRows
{
    /// <summary>A run m that takes a place: one that waits for a child takes none.</summary>
    public const string Counted = "m.completed_at IS NULL AND m.runner_id IS NOT NULL AND m.waiting_reason IS NOT 'child'";

    /// <summary>What comes before r in its session: a live run, or one that is queued and not delayed.</summary>
    public const string Before = """
        SELECT 1 FROM runs o WHERE o.org = r.org AND o.session_id = r.session_id AND o.completed_at IS NULL
            AND (o.runner_id IS NOT NULL OR (o.rank IS NOT NULL AND (o.position, o.place) < (r.position, r.place)))
        """;

    // The last two are read where a run is held, and cost nothing elsewhere.
    public const string Select = $"""
        SELECT r.org, r.run_id, r.type, r.session_id, s.name, r.agent_name, r.agent_revision, r.executor, r.prompt, r.project_dir,
            r.parent_session_id, p.name, r.execution_mode, r.demands, r.holds_parent, r.status, r.waiting_reason, r.runner_id, r.fence, r.attempt,
            r.lease_until, r.error, r.reason, r.exit_code, r.result_text, r.result_data, r.usage,
            r.created_at, r.claimed_at, r.started_at, r.completed_at, r.timeout_at, r.priority, r.agent_cap, r.timeout_seconds, r.deadline_at,
            r.not_before, r.expires_at, r.due_at, r.stop_reason,
            r.retry, r.retry_of, r.retry_number,
            r.rank IS NULL AND r.runner_id IS NULL AND r.completed_at IS NULL,
            CASE WHEN r.runner_id IS NULL AND r.completed_at IS NULL THEN EXISTS ({Before}) ELSE 0 END, r.trace_parent, r.use_memory,
            r.next_ordinal, r.end_digest
        FROM runs r
        JOIN sessions s ON s.place = r.session_place
        LEFT JOIN sessions p ON p.org = r.org AND p.session_id = r.parent_session_id
        """;

    public static Run? Find(Connection db, string org, string runId) =>
        ById(db, org, runId).First(Read);

    /// <exception cref="ProductException">NotFound.</exception>
    public static HeldRun RequireHeld(Connection db, string org, string runId) =>
        ById(db, org, runId).First(row => new HeldRun(Read(row), row.Long(), row.TextOrNull())) ?? throw RunErrors.NotFound();

    /// <exception cref="ProductException">NotFound.</exception>
    public static Run Require(Connection db, string org, string runId) => Find(db, org, runId) ?? throw RunErrors.NotFound();

    /// <summary>The runs of a session that have not ended: queued ones by their place, then the live one.</summary>
    public static List<Run> Open(Connection db, string org, string sessionId) =>
        db.Query($"""
            {Select} WHERE r.org = ?1 AND r.session_id = ?2 AND r.completed_at IS NULL ORDER BY r.runner_id IS NOT NULL, r.place
            """).Bind(org).Bind(sessionId).All(Read);

    public static Run? Latest(Connection db, string org, string sessionId) =>
        db.Query($"{Select} WHERE r.session_place = {LogHead.PlaceOf} ORDER BY r.place DESC LIMIT 1").Bind(org).Bind(sessionId).First(Read);

    static Statement ById(Connection db, string org, string runId) =>
        db.Query($"{Select} WHERE r.org = ?1 AND r.run_id = ?2").Bind(org).Bind(runId);

    public static Run Read(Statement row) => new()
    {
        Org = row.Text(),
        RunId = row.Text(),
        Type = row.Word<RunType>(),
        SessionId = row.Text(),
        SessionName = row.Text(),
        AgentName = row.TextOrNull(),
        AgentRevision = row.LongOrNull(),
        Executor = row.TextOrNull(),
        Prompt = row.Text(),
        ProjectDir = row.TextOrNull(),
        ParentSessionId = row.TextOrNull(),
        ParentName = row.TextOrNull(),
        ExecutionMode = row.Word<ExecutionMode>(),
        Demands = row.TextOrNull() is { } demands ? JsonSerializer.Deserialize(demands, CompactJson.Default.Demands) : null,
        HoldsParent = row.Bool(),
        Status = row.Word<RunStatus>(),
        WaitingReason = row.TextOrNull(),
        RunnerId = row.TextOrNull(),
        Fence = row.Long(),
        Attempt = row.Int(),
        LeaseUntil = row.InstantOrNull(),
        Error = row.TextOrNull(),
        Reason = row.TextOrNull(),
        ExitCode = row.IntOrNull(),
        ResultText = row.TextOrNull(),
        ResultData = row.TextOrNull() is { } data ? JsonSerializer.Deserialize(data, CompactJson.Default.JsonElement) : null,
        Usage = row.TextOrNull() is { } usage ? JsonSerializer.Deserialize(usage, CompactJson.Default.RunUsage) : null,
        CreatedAt = row.Instant(),
        ClaimedAt = row.InstantOrNull(),
        StartedAt = row.InstantOrNull(),
        CompletedAt = row.InstantOrNull(),
        TimeoutAt = row.InstantOrNull(),
        Priority = row.Int(),
        AgentCap = row.IntOrNull(),
        TimeoutSeconds = row.IntOrNull(),
        DeadlineAt = row.InstantOrNull(),
        NotBefore = row.InstantOrNull(),
        ExpiresAt = row.InstantOrNull(),
        DueAt = row.InstantOrNull(),
        StopReason = row.TextOrNull(),
        Retry = row.TextOrNull() is { } retry ? JsonSerializer.Deserialize(retry, CompactJson.Default.RetryPolicy) : null,
        RetryOf = row.TextOrNull(),
        RetryNumber = row.Int(),
        IsDelayed = row.Bool(),
        IsBehind = row.Bool(),
        TraceParent = row.TextOrNull(),
        UseMemory = row.BoolOrNull(),
    };
}
