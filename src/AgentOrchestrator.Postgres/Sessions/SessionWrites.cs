using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Postgres.Sessions;

/// <summary>The writes of a session's own row.</summary>
static class SessionWrites
{
    const string IdConstraint = "sessions_pkey";
    const string NameConstraint = "sessions_name";

    /// <exception cref="ProductException">
    /// Conflict when id or name is taken, or <c>parent_stopping</c>; NotFound when the parent does not exist; LimitExceeded <c>tree_limit</c>.
    /// </exception>
    public static async Task<Session> InsertAsync(Tx tx, CoordinatorOptions options, NewSession session)
    {
        string? parent = null;
        if (session.Parent is not null)
        {
            var locked = await TreeRows.LockParentAsync(tx, session.Org, session.Parent).ConfigureAwait(false);
            await TreeRows.RequireRoomBelowAsync(tx, options, locked).ConfigureAwait(false);
            parent = locked.Session.SessionId;
        }

        var insert = new Statement(
            $"""
            INSERT INTO sessions AS s
                (org, session_id, name, status, project_dir, agent_name, parent_session_id, execution_mode, on_parent_end, when_busy,
                 created_at, changed_at, kind)
            VALUES (@org, @id, @name, @status, @dir, @agent, @parent, @mode, @on_parent_end, @when_busy, {Statement.Clock}, {Statement.Clock}, @kind)
            RETURNING {SessionRows.Columns}
            """)
            .Text("org", session.Org).Text("id", session.SessionId).Text("name", session.Name)
            .Text("status", WireEnum<SessionStatus>.Text(session.Status)).Time("now", tx.NowOrNull)
            .Text("dir", session.ProjectDir).Text("agent", session.AgentName).Text("parent", parent)
            .Text("mode", WireEnum<ExecutionMode>.Text(session.ExecutionMode))
            .Text("on_parent_end", WireEnum<ParentEndPolicy>.Text(session.OnParentEnd))
            .Text("when_busy", WireEnum<Protocol.Runs.WhenBusy>.Text(session.WhenBusy)).Text("kind", session.Kind);
        var inserted = await TakenAsync(session.SessionId, session.Name, () => tx.FirstAsync(insert, SessionRows.Read)!).ConfigureAwait(false);
        tx.Changed(new SessionCreated(SessionRows.Held(tx, inserted)!));
        return inserted!;
    }

    /// <exception cref="ProductException">Conflict when the statement finds id or name taken.</exception>
    public static async Task<Session?> TakenAsync(string sessionId, string name, Func<Task<Session?>> insert)
    {
        try
        {
            return await insert().ConfigureAwait(false);
        }
        catch (Exception failure) when (Failures.IsTaken(failure, IdConstraint))
        {
            throw RunErrors.SessionExists(sessionId);
        }
        catch (Exception failure) when (Failures.IsTaken(failure, NameConstraint))
        {
            throw RunErrors.SessionExists(name);
        }
    }

    /// <summary>An executor posts the session that it is running under that name: its id becomes the executor's.</summary>
    /// <returns>Null when no run of that name is live.</returns>
    public static async Task<Session?> BindToLiveAsync(Tx tx, NewSession session)
    {
        var bound = await tx.FirstAsync(
            new Statement(
                $"""
                UPDATE sessions s SET executor_session_id = @id, changed_at = COALESCE(@now, clock_timestamp())
                WHERE s.org = @org AND lower(s.name) = @name AND s.session_id <> @id AND EXISTS (
                    SELECT 1 FROM runs r WHERE r.org = s.org AND r.session_id = s.session_id
                        AND r.status IN ('claimed', 'running', 'waiting', 'stopping'))
                RETURNING {SessionRows.Columns}
                """)
                .Text("org", session.Org).Text("id", session.SessionId).Text("name", session.Name.ToLowerInvariant())
                .Time("now", tx.NowOrNull),
            SessionRows.Read).ConfigureAwait(false);
        if (SessionRows.Held(tx, bound) is not null)
        {
            tx.Changed(new SessionUpdated(bound!));
        }

        return bound;
    }

    /// <exception cref="ProductException">Conflict when the new name is taken.</exception>
    public static async Task<Session> PatchAsync(Tx tx, Session before, SessionPatch patch)
    {
        var update = new Statement(
            $"""
            UPDATE sessions s SET
                name = COALESCE(@new_name, s.name), project_dir = COALESCE(@dir, s.project_dir), agent_name = COALESCE(@agent, s.agent_name),
                last_resumed_at = COALESCE(@resumed, s.last_resumed_at), executor_session_id = COALESCE(@executor_id, s.executor_session_id),
                executor_type = COALESCE(@executor, s.executor_type), hostname = COALESCE(@host, s.hostname), changed_at = @now,
                status = CASE WHEN @status IS NULL OR EXISTS (
                    SELECT 1 FROM runs r WHERE r.org = s.org AND r.session_id = s.session_id
                        AND r.status NOT IN ('completed', 'failed', 'stopped')) THEN s.status ELSE @status END
            WHERE s.org = @org AND s.session_id = @id
            RETURNING {SessionRows.Columns}
            """)
            .Text("org", before.Org).Text("id", before.SessionId).Text("new_name", patch.Name).Text("dir", patch.ProjectDir)
            .Text("agent", patch.AgentName).Time("resumed", patch.LastResumedAt).Text("executor_id", patch.ExecutorSessionId)
            .Text("executor", patch.ExecutorType).Text("host", patch.Hostname).Time("now", tx.Now)
            .Text("status", patch.StatusWithoutRuns is { } status ? WireEnum<SessionStatus>.Text(status) : null);
        try
        {
            var updated = await tx.FirstAsync(update, SessionRows.Read).ConfigureAwait(false);
            tx.Changed(new SessionUpdated(updated!));
            return updated!;
        }
        catch (Exception failure) when (Failures.IsTaken(failure, NameConstraint))
        {
            throw RunErrors.SessionExists(patch.Name!);
        }
    }
}
