using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Sqlite.Sessions;

/// <summary>Rows of the sessions table: how they are found and read.</summary>
static class SessionRows
{
    const string Columns = """
        s.org, s.session_id, s.name, s.status, s.created_at, s.project_dir, s.agent_name, s.last_resumed_at, s.parent_session_id,
        p.name, s.execution_mode, s.on_parent_end, s.executor_session_id, s.executor_type, s.hostname, s.waiting_reason, s.when_busy, s.last_seq, s.pruned_to, s.kind
        """;

    const string From = "FROM sessions s LEFT JOIN sessions p ON p.org = s.org AND p.session_id = s.parent_session_id";

    public const string Select = $"SELECT {Columns} {From}";

    /// <summary>The id behind an id, a name in any case, or an executor's id, in that order: of org ?1 and reference ?2.</summary>
    const string IdOf = """
        COALESCE(
            (SELECT session_id FROM sessions WHERE org = ?1 AND session_id = ?2),
            (SELECT session_id FROM sessions WHERE org = ?1 AND name = ?2),
            (SELECT session_id FROM sessions WHERE org = ?1 AND executor_session_id = ?2 ORDER BY created_at DESC LIMIT 1))
        """;

    public static Session? Find(Connection db, string org, string idOrName) =>
        db.Query($"{Select} WHERE s.org = ?1 AND s.session_id = {IdOf}").Bind(org).Bind(idOrName).First(Read);

    /// <exception cref="Protocol.ProductException">NotFound.</exception>
    public static Session Require(Connection db, string org, string idOrName) =>
        Find(db, org, idOrName) ?? throw RunErrors.SessionNotFound();

    /// <summary>The row of an id that is known to exist.</summary>
    public static Session Get(Connection db, string org, string sessionId) =>
        db.Query($"{Select} WHERE s.org = ?1 AND s.session_id = ?2").Bind(org).Bind(sessionId).First(Read)
            ?? throw GoneAway(sessionId);

    /// <summary>The row of an id that is known to exist, where its log ends, and what its runs say of its status.</summary>
    public static SessionStanding GetStanding(Connection db, string org, string sessionId)
    {
        using var row = db.Query($"""
            SELECT {Columns}, s.place, r.status, r.waiting_reason, r.status IS NULL AND EXISTS (
                SELECT 1 FROM runs q WHERE q.org = s.org AND q.session_id = s.session_id AND q.completed_at IS NULL)
            {From}
            LEFT JOIN runs r ON r.org = s.org AND r.session_id = s.session_id AND r.completed_at IS NULL AND r.runner_id IS NOT NULL
            WHERE s.org = ?1 AND s.session_id = ?2
            """).Bind(org).Bind(sessionId);
        return row.Read()
            ? new SessionStanding(Read(row), row.Long(), row.WordOrNull<RunStatus>(), row.TextOrNull(), row.Bool())
            : throw GoneAway(sessionId);
    }

    public static string? KindOf(Connection db, string org, string sessionId) =>
        db.Query("SELECT kind FROM sessions WHERE org = ?1 AND session_id = ?2").Bind(org).Bind(sessionId).First(row => row.TextOrNull() ?? "");

    /// <exception cref="Protocol.ProductException">NotFound.</exception>
    public static string? IdOfParent(Connection db, string org, string? parent) => parent is null
        ? null
        : Find(db, org, parent)?.SessionId ?? throw RunErrors.ParentNotFound();

    public static Session Read(Statement row) => new()
    {
        Org = row.Text(),
        SessionId = row.Text(),
        Name = row.Text(),
        Status = row.Word<SessionStatus>(),
        CreatedAt = row.Instant(),
        ProjectDir = row.TextOrNull(),
        AgentName = row.TextOrNull(),
        LastResumedAt = row.InstantOrNull(),
        ParentSessionId = row.TextOrNull(),
        ParentName = row.TextOrNull(),
        ExecutionMode = row.Word<ExecutionMode>(),
        OnParentEnd = row.Word<ParentEndPolicy>(),
        ExecutorSessionId = row.TextOrNull(),
        ExecutorType = row.TextOrNull(),
        Hostname = row.TextOrNull(),
        WaitingReason = row.TextOrNull(),
        WhenBusy = row.Word<WhenBusy>(),
        LastSeq = row.Long(),
        PrunedTo = row.Long(),
        Kind = row.TextOrNull(),
    };

    static InvalidOperationException GoneAway(string sessionId) => new($"session {sessionId} went away within its transaction");
}
