using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Sqlite.Sessions;

/// <summary>The writes of a session's own row.</summary>
static class SessionWrites
{
    /// <exception cref="ProductException">Conflict when id or name is taken; NotFound when the parent does not exist.</exception>
    public static Session Insert(WriteTransaction transaction, CoordinatorOptions options, NewSession session)
    {
        var db = transaction.Db;
        RequireFree(db, session.Org, session.SessionId, session.Name);
        var parentId = SessionRows.IdOfParent(db, session.Org, session.Parent);
        if (parentId is not null)
        {
            TreeRows.RequireRoomBelow(db, options, session.Org, parentId);
        }

        db.Query("""
            INSERT INTO sessions (org, session_id, name, status, created_at, project_dir, agent_name, parent_session_id, execution_mode,
                on_parent_end, when_busy, kind)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
            """)
            .Bind(session.Org).Bind(session.SessionId).Bind(session.Name).BindWord(session.Status).Bind(transaction.Now)
            .Bind(session.ProjectDir).Bind(session.AgentName).Bind(parentId)
            .BindWord(session.ExecutionMode).BindWord(session.OnParentEnd).BindWord(session.WhenBusy).Bind(session.Kind)
            .Run();
        var inserted = SessionRows.Get(db, session.Org, session.SessionId);
        transaction.Changed(new SessionCreated(inserted));
        return inserted;
    }

    /// <summary>An executor posts the session that it is running under that name: its id becomes the executor's. Null when no run is live.</summary>
    public static Session? BindToLive(WriteTransaction transaction, NewSession session)
    {
        string sessionId;
        using (var bound = transaction.Db.Query("""
            UPDATE sessions SET executor_session_id = ?2
            WHERE org = ?1 AND name = ?3 AND session_id <> ?2 AND EXISTS (
                SELECT 1 FROM runs r WHERE r.org = sessions.org AND r.session_id = sessions.session_id
                    AND r.completed_at IS NULL AND r.runner_id IS NOT NULL)
            RETURNING session_id
            """).Bind(session.Org).Bind(session.SessionId).Bind(session.Name))
        {
            if (!bound.Read())
            {
                return null;
            }

            sessionId = bound.Text();
        }

        return Updated(transaction, session.Org, sessionId);
    }

    /// <exception cref="ProductException">Conflict when the new name is taken.</exception>
    public static Session Patch(WriteTransaction transaction, Session before, SessionPatch patch)
    {
        if (patch.Name is { } name)
        {
            RequireFree(transaction.Db, before.Org, before.SessionId, name, renames: true);
        }

        transaction.Db.Query("""
            UPDATE sessions SET
                name = COALESCE(?3, name), project_dir = COALESCE(?4, project_dir), agent_name = COALESCE(?5, agent_name),
                last_resumed_at = COALESCE(?6, last_resumed_at), executor_session_id = COALESCE(?7, executor_session_id),
                executor_type = COALESCE(?8, executor_type), hostname = COALESCE(?9, hostname),
                status = CASE WHEN EXISTS (
                    SELECT 1 FROM runs r WHERE r.org = sessions.org AND r.session_id = sessions.session_id
                        AND r.completed_at IS NULL) THEN status ELSE COALESCE(?10, status) END
            WHERE org = ?1 AND session_id = ?2
            """)
            .Bind(before.Org).Bind(before.SessionId).Bind(patch.Name).Bind(patch.ProjectDir).Bind(patch.AgentName)
            .Bind(patch.LastResumedAt).Bind(patch.ExecutorSessionId).Bind(patch.ExecutorType).Bind(patch.Hostname)
            .BindWord(patch.StatusWithoutRuns)
            .Run();
        return Updated(transaction, before.Org, before.SessionId);
    }

    /// <summary>
    /// Appends, and gives the session the status of its runs: of the live one, else pending if one is queued, else
    /// <paramref name="otherwise"/>, else what it had.
    /// </summary>
    public static Session Settle(
        WriteTransaction transaction, string org, string sessionId, IReadOnlyList<NewEvent> events, SessionStatus? otherwise)
    {
        var standing = SessionRows.GetStanding(transaction.Db, org, sessionId);
        var before = standing.Session;
        var head = new LogHead(standing.Place, before.Name, before.LastSeq).After(events);
        var after = before with
        {
            LastSeq = head.LastSeq,
            WaitingReason = standing.WaitingReason,
            Status = standing.Status(otherwise),
        };
        transaction.Db.Query("""
            UPDATE sessions SET last_seq = ?2, result_seq = COALESCE(?3, result_seq), status = ?4, waiting_reason = ?5 WHERE place = ?1
            """).Bind(head.Place).Bind(head.LastSeq).Bind(head.ResultSeq(events)).BindWord(after.Status).Bind(after.WaitingReason).Run();
        if ((before.Status, before.WaitingReason) != (after.Status, after.WaitingReason))
        {
            transaction.Changed(new SessionUpdated(after));
        }

        if (events.Count > 0)
        {
            transaction.Changed(EventLog.Write(transaction, org, sessionId, head, events));
        }

        return after;
    }

    static Session Updated(WriteTransaction transaction, string org, string sessionId)
    {
        var after = SessionRows.Get(transaction.Db, org, sessionId);
        transaction.Changed(new SessionUpdated(after));
        return after;
    }

    internal static void RequireFree(Connection db, string org, string sessionId, string name, bool renames = false)
    {
        using var taken = db.Query("""
            SELECT session_id FROM sessions WHERE org = ?1 AND session_id = ?2
            UNION ALL SELECT session_id FROM sessions WHERE org = ?1 AND name = ?3
            """).Bind(org).Bind(sessionId).Bind(name);
        while (taken.Read())
        {
            var holder = taken.Text();
            if (!renames || holder != sessionId)
            {
                throw RunErrors.SessionExists(holder == sessionId ? sessionId : name);
            }
        }
    }
}
