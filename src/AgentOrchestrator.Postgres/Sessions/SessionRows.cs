using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using Npgsql;

namespace AgentOrchestrator.Postgres.Sessions;

/// <summary>Rows of the sessions table: how they are found, locked and read.</summary>
static class SessionRows
{
    /// <summary>Of a table or statement called <c>s</c>.</summary>
    public const string Columns =
        """
        s.org, s.session_id, s.name, s.status, s.created_at, s.project_dir, s.agent_name, s.last_resumed_at, s.parent_session_id,
        (SELECT p.name FROM sessions p WHERE p.org = s.org AND p.session_id = s.parent_session_id) AS parent_name,
        s.execution_mode, s.on_parent_end, s.executor_session_id, s.executor_type, s.hostname, s.waiting_reason, s.when_busy, s.last_seq, s.pruned_to, s.kind
        """;

    /// <summary>The id behind an id, a name in any case, or an executor's id, in that order.</summary>
    public const string IdOf =
        """
        (SELECT found.session_id FROM (
            SELECT session_id, 1 AS rank, created_at FROM sessions WHERE org = @org AND session_id = @ref
            UNION ALL SELECT session_id, 2, created_at FROM sessions WHERE org = @org AND lower(name) = @name
            UNION ALL SELECT session_id, 3, created_at FROM sessions WHERE org = @org AND executor_session_id = @ref
        ) found ORDER BY found.rank, found.created_at DESC LIMIT 1)
        """;

    public static Statement ByRef(string sql, string org, string idOrName) =>
        new Statement(sql).Text("org", org).Text("ref", idOrName).Text("name", idOrName.ToLowerInvariant());

    public static Statement Find(string org, string idOrName) =>
        ByRef($"SELECT {Columns} FROM sessions s WHERE s.org = @org AND s.session_id = {IdOf}", org, idOrName);

    /// <summary>Locks the session that an id or name stands for; null when there is none.</summary>
    public static async Task<Session?> LockAsync(Tx tx, string org, string idOrName)
    {
        var statement = ByRef(
            $"SELECT {Columns} FROM sessions s WHERE s.org = @org AND s.session_id = {IdOf} FOR NO KEY UPDATE OF s", org, idOrName);
        return Held(tx, await tx.FirstAsync(statement, Read).ConfigureAwait(false));
    }

    /// <summary>Locks sessions in the order of their ids, the one order of all transactions.</summary>
    public static async Task<List<Session>> LockAllAsync(Tx tx, string org, IEnumerable<string> sessionIds)
    {
        var sessions = await tx.AllAsync(
            new Statement(
                $"""
                SELECT {Columns} FROM sessions s WHERE s.org = @org AND s.session_id = ANY (@ids)
                ORDER BY s.session_id FOR NO KEY UPDATE OF s
                """)
                .Text("org", org).Texts("ids", sessionIds),
            Read).ConfigureAwait(false);
        sessions.ForEach(session => Held(tx, session));
        return sessions;
    }

    public static Session? Held(Tx tx, Session? session)
    {
        if (session is not null)
        {
            tx.Holds(session.Org, session.SessionId);
        }

        return session;
    }

    public static Session Read(NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return Read(ref row);
    }

    public static Session Read(ref Row row) => new()
    {
        Org = row.Text(),
        SessionId = row.Text(),
        Name = row.Text(),
        Status = WireEnum<SessionStatus>.Parse(row.Text(), "status"),
        CreatedAt = row.Time(),
        ProjectDir = row.TextOrNull(),
        AgentName = row.TextOrNull(),
        LastResumedAt = row.TimeOrNull(),
        ParentSessionId = row.TextOrNull(),
        ParentName = row.TextOrNull(),
        ExecutionMode = WireEnum<ExecutionMode>.Parse(row.Text(), "execution_mode"),
        OnParentEnd = WireEnum<ParentEndPolicy>.Parse(row.Text(), "on_parent_end"),
        ExecutorSessionId = row.TextOrNull(),
        ExecutorType = row.TextOrNull(),
        Hostname = row.TextOrNull(),
        WaitingReason = row.TextOrNull(),
        WhenBusy = WireEnum<WhenBusy>.Parse(row.Text(), "when_busy"),
        LastSeq = row.Number(),
        PrunedTo = row.Number(),
        Kind = row.TextOrNull(),
    };
}
