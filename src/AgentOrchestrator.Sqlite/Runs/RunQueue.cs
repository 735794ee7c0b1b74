using System.Text.Json;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Sqlite.Sessions;

namespace AgentOrchestrator.Sqlite.Runs;

/// <summary>Puts runs into the queue of a session.</summary>
static class RunQueue
{
    /// <exception cref="ProductException">Conflict, NotFound, LimitExceeded: see <see cref="IRunStore.EnqueueAsync"/>.</exception>
    public static Run Enqueue(WriteTransaction transaction, CoordinatorOptions options, NewRun run)
    {
        if (run.Session is { } start)
        {
            var created = SessionWrites.Insert(transaction, options, start with { Status = SessionStatus.Pending });
            return Insert(transaction, options, run, created, created.ParentSessionId, created.ParentSessionId);
        }

        var parent = SessionRows.IdOfParent(transaction.Db, run.Org, run.Parent);
        var session = SessionRows.Require(transaction.Db, run.Org, run.Resumes ?? "");
        RequireRoom(transaction.Db, options, session);
        var whenBusy = run.WhenBusy ?? session.WhenBusy;
        if (whenBusy == WhenBusy.Reject && IsBusy(transaction.Db, session))
        {
            throw RunErrors.SessionBusy();
        }

        if (run.RetryOf is { } first)
        {
            RequireNoRetry(transaction.Db, session, first);
        }

        if (parent is not null && parent != session.SessionId)
        {
            RequireParent(transaction.Db, options, session, parent);
        }

        var interrupts = whenBusy == WhenBusy.Interrupt && run is { NotBefore: null, Delay: null };
        var queued = Insert(transaction, options, run, session, parent ?? session.ParentSessionId, asker: parent, interrupts);
        if (interrupts)
        {
            RunStops.Interrupt(transaction, session, run.Actor ?? RunEvents.Coordinator);
        }

        return queued;
    }

    /// <summary>Writes the run and <c>run_queued</c>.</summary>
    /// <param name="asker">The session whose run asks for it, and waits for it where the mode is sync; null for anybody else.</param>
    /// <param name="interrupts">It is the next of its session, whatever else is queued there.</param>
    public static Run Insert(
        WriteTransaction transaction, CoordinatorOptions options, NewRun run, Session session, string? parentId, string? asker,
        bool interrupts = false)
    {
        var demands = run.Demands is { IsEmpty: false } ? run.Demands : null;
        var mode = run.ExecutionMode ?? session.ExecutionMode;
        var holdsParent = mode == ExecutionMode.Sync && asker is not null && asker != session.SessionId
            && ChildWaits.Begin(transaction, run.Org, asker);
        var tree = session.ParentSessionId is { } above ? TreeRows.RootOf(transaction.Db, run.Org, above).RootId
            : run.Type == RunType.ResumeSession ? session.SessionId
            : null;
        var notBefore = run.NotBefore ?? (transaction.Now + run.Delay);
        notBefore = notBefore > transaction.Now ? notBefore : null;
        var expiresAt = (notBefore ?? transaction.Now) + run.QueueTimeout;
        try
        {
            transaction.Db.Query("""
                INSERT INTO runs (org, run_id, type, session_id, session_place, agent_name, agent_revision, executor, prompt, project_dir,
                    parent_session_id, execution_mode, demands, status, created_at, timeout_at, holds_parent,
                    priority, tree, turn, rank, position, agent_cap, timeout_seconds, not_before, expires_at, due_at, trace_parent,
                    retry, retry_of, use_memory, retry_number)
                SELECT ?1, ?2, ?3, ?4, o.place, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 'pending', ?13, ?14, ?15,
                    ?16, ?17, turn, CASE WHEN ?23 IS NULL THEN ?18 + turn * ?19 END,
                    CASE WHEN ?20 THEN (
                        SELECT COALESCE(min(i.position), 0) - 1 FROM runs i
                        WHERE i.org = ?1 AND i.session_id = ?4 AND i.completed_at IS NULL) ELSE 0 END,
                    ?21, ?22, ?23, ?24, COALESCE(?23, ?24),
                    ?25, ?26, ?27, ?28, CASE WHEN ?27 IS NULL THEN 0 ELSE (
                        SELECT COALESCE(max(n.retry_number), 0) + 1 FROM runs n
                        WHERE n.session_place = o.place AND n.retry_of = ?27) END
                FROM sessions o CROSS JOIN (SELECT max(
                    COALESCE((SELECT q.turn FROM queues q WHERE q.org = ?1), 0),
                    COALESCE((
                        SELECT t.turn + 1 FROM runs t
                        WHERE t.org = ?1 AND t.tree = ?17 AND t.priority >= ?16
                            AND t.completed_at IS NULL AND t.runner_id IS NULL AND t.rank IS NOT NULL AND t.tree IS NOT NULL
                        ORDER BY t.turn DESC LIMIT 1), 0)) AS turn)
                WHERE o.org = ?1 AND o.session_id = ?4
                """)
                .Bind(run.Org).Bind(run.RunId).BindWord(run.Type).Bind(session.SessionId).Bind(run.AgentName ?? session.AgentName)
                .Bind(run.AgentRevision).Bind(run.Executor).Bind(run.Prompt).Bind(run.ProjectDir ?? session.ProjectDir).Bind(parentId)
                .BindWord(mode)
                .Bind(demands is null ? null : JsonSerializer.Serialize(demands, CompactJson.Default.Demands))
                .Bind(transaction.Now).Bind(demands is null ? null : transaction.Now + options.NoMatchTimeout)
                .Bind(holdsParent)
                .Bind(run.Priority).Bind(tree).Bind(QueueOrder.StartOf(transaction.Now, run.Priority, options)).Bind(QueueOrder.TurnWorth(options))
                .Bind(interrupts).Bind(run.AgentCap).Bind(run.TimeoutSeconds).Bind(notBefore).Bind(expiresAt)
                .Bind(run.TraceParent)
                .Bind(run.Retry is null ? null : JsonSerializer.Serialize(run.Retry, CompactJson.Default.RetryPolicy)).Bind(run.RetryOf).Bind(run.UseMemory)
                .Run();
        }
        catch (SqliteError taken) when (taken.IsConstraint)
        {
            throw new ProductException(ErrorCode.Conflict, $"Run '{run.RunId}' already exists; choose another id", inner: taken);
        }

        var queued = RunRows.Require(transaction.Db, run.Org, run.RunId);
        transaction.Changed(new RunChanged(queued));
        SessionWrites.Settle(transaction, session.Org, session.SessionId, [RunEvents.Queued(queued, run.Actor, transaction.Now)], otherwise: null);
        if (!queued.IsDelayed)
        {
            transaction.Changed(new RunClaimable(queued.Org, queued.RunId, queued.Executor, queued.Demands));
        }

        return queued;
    }

    static void RequireNoRetry(Connection db, Session session, string first)
    {
        using var open = db.Query("""
            SELECT run_id FROM runs WHERE org = ?1 AND session_id = ?2 AND completed_at IS NULL AND retry_of = ?3 LIMIT 1
            """)
            .Bind(session.Org).Bind(session.SessionId).Bind(first);
        if (open.Read())
        {
            throw RunErrors.RetryOpen(open.Text());
        }
    }

    static bool IsBusy(Connection db, Session session)
    {
        using var row = db.Query("""
            SELECT 1 FROM runs WHERE org = ?1 AND session_id = ?2 AND completed_at IS NULL AND (runner_id IS NOT NULL OR rank IS NOT NULL) LIMIT 1
            """)
            .Bind(session.Org).Bind(session.SessionId);
        return row.Read();
    }

    static void RequireParent(Connection db, CoordinatorOptions options, Session session, string parentId)
    {
        if (TreeRows.IsBelow(db, session.Org, parentId, session.SessionId))
        {
            throw RunErrors.Cycle();
        }

        if (!SessionTree.IsOpen(session.Status))
        {
            TreeRows.RequireRoomForLive(db, options, session.Org, parentId);
        }
    }

    static void RequireRoom(Connection db, CoordinatorOptions options, Session session)
    {
        using var row = db.Query("""
            SELECT count(*) FROM runs WHERE org = ?1 AND session_id = ?2 AND completed_at IS NULL AND runner_id IS NULL
            """)
            .Bind(session.Org).Bind(session.SessionId);
        row.Read();
        if (row.Long() >= options.MaxQueuedPerSession)
        {
            throw RunErrors.QueueFull(options.MaxQueuedPerSession);
        }
    }
}
