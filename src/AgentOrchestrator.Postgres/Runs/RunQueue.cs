using System.Text.Json;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Postgres.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Postgres.Runs;

/// <summary>Puts runs into the queue of a session.</summary>
static class RunQueue
{
    public const string IdConstraint = "runs_pkey";

    /// <exception cref="ProductException">Conflict; NotFound; LimitExceeded.</exception>
    public static async Task<Run> EnqueueAsync(Tx tx, CoordinatorOptions options, NewRun run)
    {
        if (run.Session is { } start)
        {
            var created = await SessionWrites.InsertAsync(tx, options, start with { Status = SessionStatus.Pending }).ConfigureAwait(false);
            return await InsertAsync(tx, options, run, created, created.ParentSessionId, created.ParentSessionId).ConfigureAwait(false);
        }

        var parent = run.Parent is null ? null : await LockBothAsync(tx, run, run.Parent).ConfigureAwait(false);
        var session = await SessionRows.LockAsync(tx, run.Org, run.Resumes ?? "").ConfigureAwait(false) ?? throw RunErrors.SessionNotFound();
        await RequireRoomAsync(tx, options, session).ConfigureAwait(false);
        var whenBusy = run.WhenBusy ?? session.WhenBusy;
        if (whenBusy == WhenBusy.Reject && await IsBusyAsync(tx, session).ConfigureAwait(false))
        {
            throw RunErrors.SessionBusy();
        }

        if (run.RetryOf is { } first)
        {
            await RequireNoRetryAsync(tx, session, first).ConfigureAwait(false);
        }

        if (parent is not null && parent.SessionId != session.SessionId)
        {
            await RequireParentAsync(tx, options, session, parent).ConfigureAwait(false);
        }

        var interrupts = whenBusy == WhenBusy.Interrupt && run is { NotBefore: null, Delay: null };
        var queued = await InsertAsync(
            tx, options, run, session, parent?.SessionId ?? session.ParentSessionId, asker: parent?.SessionId, interrupts).ConfigureAwait(false);
        if (interrupts)
        {
            await RunStops.InterruptAsync(tx, session, run.Actor ?? RunEvents.Coordinator).ConfigureAwait(false);
        }

        return queued;
    }

    /// <summary>Writes the run and <c>run_queued</c>. The session is locked.</summary>
    /// <param name="asker">
    /// The session whose run asks for it, and waits for it where the mode is sync, locked too; null for anybody else.
    /// </param>
    /// <param name="interrupts">It is the next of its session, whatever else is queued there.</param>
    public static async Task<Run> InsertAsync(
        Tx tx, CoordinatorOptions options, NewRun run, Session session, string? parentId, string? asker, bool interrupts = false)
    {
        var mode = run.ExecutionMode ?? session.ExecutionMode;
        var holdsParent = mode == ExecutionMode.Sync && asker is not null && asker != session.SessionId
            && await ChildWaits.BeginAsync(tx, run.Org, asker).ConfigureAwait(false);
        var demands = run.Demands is { IsEmpty: false } ? run.Demands : null;
        var notBefore = run.NotBefore ?? (tx.Now + run.Delay);
        notBefore = notBefore > tx.Now ? notBefore : null;
        var expiresAt = (notBefore ?? tx.Now) + run.QueueTimeout;
        var insert = new Statement(
            $"""
            INSERT INTO runs AS r
                (org, run_id, type, session_id, agent_name, agent_revision, executor, prompt, project_dir, parent_session_id, execution_mode,
                 demand_hostname, demand_project_dir, demand_executor_type, demand_tags, status, created_at, timeout_at,
                 holds_parent, priority, tree, turn, rank, position, agent_cap, timeout_seconds, not_before, expires_at, due_at,
                 retry, retry_of, retry_number, trace_parent, use_memory)
            SELECT @org, @run, @type, @session, @agent, @revision, @executor, @prompt, @dir, @parent, @mode,
                @host, @at_dir, @executor_type, @tags, 'pending', @now, @timeout, @holds_parent,
                @priority, @tree, stands.turn, CASE WHEN @not_before IS NULL THEN @rank_start + stands.turn * @turn_worth END,
                CASE WHEN @interrupts THEN (
                    SELECT COALESCE(min(i.position), 0) - 1 FROM runs i
                    WHERE i.org = @org AND i.session_id = @session AND i.status = 'pending') ELSE 0 END,
                @cap, @timeout_seconds, @not_before, @expires, COALESCE(@not_before, @expires),
                @retry, @retry_of, CASE WHEN @retry_of IS NULL THEN 0 ELSE (
                    SELECT COALESCE(max(n.retry_number), 0) + 1 FROM runs n
                    WHERE n.org = @org AND n.session_id = @session AND n.retry_of = @retry_of) END,
                @trace, @use_memory
            FROM ({TurnOf("@org", "@tree", "@priority")}) stands
            RETURNING {RunRows.Columns}
            """)
            .Text("org", run.Org).Text("run", run.RunId).Text("type", WireEnum<RunType>.Text(run.Type)).Text("session", session.SessionId)
            .Text("agent", run.AgentName ?? session.AgentName).Number("revision", run.AgentRevision).Text("executor", run.Executor)
            .Text("prompt", run.Prompt).Text("dir", run.ProjectDir ?? session.ProjectDir).Text("parent", parentId)
            .Text("mode", WireEnum<ExecutionMode>.Text(mode)).Flag("holds_parent", holdsParent).Text("trace", run.TraceParent)
            .Text("host", demands?.Hostname).Text("at_dir", demands?.ProjectDir).Text("executor_type", demands?.ExecutorType)
            .Texts("tags", demands?.Tags ?? []).Time("now", tx.Now)
            .Time("timeout", demands is null ? null : tx.Now + options.NoMatchTimeout)
            .Number("priority", run.Priority).Text("tree", await TreeOfAsync(tx, run, session).ConfigureAwait(false))
            .Number("rank_start", QueueOrder.StartOf(tx.Now, run.Priority, options)).Number("turn_worth", QueueOrder.TurnWorth(options))
            .Flag("interrupts", interrupts).Number("cap", run.AgentCap).Number("timeout_seconds", run.TimeoutSeconds)
            .Time("not_before", notBefore).Time("expires", expiresAt)
            .Text("retry", run.Retry is null ? null : JsonSerializer.Serialize(run.Retry, CompactJson.Default.RetryPolicy))
            .Text("retry_of", run.RetryOf).FlagOrNull("use_memory", run.UseMemory);
        var queued = (await tx.FirstAsync(insert, RunRows.Read).ConfigureAwait(false))!;
        tx.Changed(new RunChanged(queued));
        await EventLog.SettleAsync(tx, session, [RunEvents.Queued(queued, run.Actor, tx.Now)], otherwise: null).ConfigureAwait(false);
        if (!queued.IsDelayed)
        {
            tx.Changed(new RunClaimable(queued.Org, queued.RunId, queued.Executor, queued.Demands));
        }

        return queued;
    }

    /// <summary>The turn of a run that is queued now, see <see cref="QueueOrder"/>.</summary>
    public static string TurnOf(string org, string tree, string priority) =>
        $"""
        SELECT GREATEST(
            COALESCE((SELECT q.turn FROM queues q WHERE q.org = {org}), 0),
            COALESCE((
                SELECT t.turn + 1 FROM runs t
                WHERE t.org = {org} AND t.tree = {tree} AND t.priority >= {priority} AND t.status = 'pending' AND t.rank IS NOT NULL
                ORDER BY t.turn DESC LIMIT 1), 0)) AS turn
        """;

    static async Task<string?> TreeOfAsync(Tx tx, NewRun run, Session session) =>
        session.ParentSessionId is { } above ? (await TreeRows.RootOfAsync(tx, run.Org, above).ConfigureAwait(false))?.RootId ?? above
        : run.Type == RunType.ResumeSession ? session.SessionId
        : null;

    static async Task RequireNoRetryAsync(Tx tx, Session session, string first)
    {
        var open = await tx.FirstAsync(
            new Statement(
                $"""
                SELECT run_id FROM runs
                WHERE org = @org AND session_id = @session AND status NOT IN {RunRows.Ended} AND retry_of = @first LIMIT 1
                """)
                .Text("org", session.Org).Text("session", session.SessionId).Text("first", first),
            row => row.GetString(0)).ConfigureAwait(false);
        if (open is not null)
        {
            throw RunErrors.RetryOpen(open);
        }
    }

    static Task<bool> IsBusyAsync(Tx tx, Session session) => tx.FirstAsync(
        new Statement(
            $"""
            SELECT EXISTS (
                SELECT 1 FROM runs WHERE org = @org AND session_id = @session
                    AND (status IN {RunRows.Live} OR (status = 'pending' AND rank IS NOT NULL)))
            """)
            .Text("org", session.Org).Text("session", session.SessionId),
        row => row.GetBoolean(0));

    // The session as well, so that both are locked in the order of their ids.
    static async Task<Session> LockBothAsync(Tx tx, NewRun run, string parent)
    {
        var session = await tx.FirstAsync(SessionRows.Find(run.Org, run.Resumes ?? ""), SessionRows.Read).ConfigureAwait(false);
        return (await TreeRows.LockParentAsync(tx, run.Org, parent, session?.SessionId).ConfigureAwait(false)).Session;
    }

    static async Task RequireParentAsync(Tx tx, CoordinatorOptions options, Session session, Session parent)
    {
        if (await TreeRows.IsBelowAsync(tx, session.Org, parent.SessionId, session.SessionId).ConfigureAwait(false))
        {
            throw RunErrors.Cycle();
        }

        if (!SessionTree.IsOpen(session.Status))
        {
            await TreeRows.RequireRoomForLiveAsync(tx, options, parent).ConfigureAwait(false);
        }
    }

    static async Task RequireRoomAsync(Tx tx, CoordinatorOptions options, Session session)
    {
        var queued = await tx.FirstAsync(
            new Statement("SELECT count(*) FROM runs WHERE org = @org AND session_id = @session AND status = 'pending'")
                .Text("org", session.Org).Text("session", session.SessionId),
            row => row.GetInt64(0)).ConfigureAwait(false);
        if (queued >= options.MaxQueuedPerSession)
        {
            throw RunErrors.QueueFull(options.MaxQueuedPerSession);
        }
    }
}
