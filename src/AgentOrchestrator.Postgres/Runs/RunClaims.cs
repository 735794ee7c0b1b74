using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Postgres.Sessions;
using Npgsql;

namespace AgentOrchestrator.Postgres.Runs;

/// <summary>Gives the oldest run that fits to a runner.</summary>
static class RunClaims
{
    /// <summary>Two claims can pick runs of one session from older snapshots; the index lets one through.</summary>
    public const string OneLive = "runs_one_live";

    // Each org that waits with fewer live runs, and has a runner, keeps one of the places that all share.
    const string Poorer =
        $"""
        SELECT count(*) FROM (
            SELECT DISTINCT p.org FROM runners p WHERE p.org <> @org AND NOT p.is_leaving AND p.last_heartbeat_at > {Statement.Clock} - @stale) other
        WHERE EXISTS (SELECT 1 FROM runs r WHERE r.org = other.org AND r.status = 'pending' AND r.rank IS NOT NULL AND NOT {Quarantines.HasRun})
            AND (SELECT count(*) FROM runs m WHERE m.org = other.org AND {RunRows.Counted})
                < (SELECT count(*) FROM runs m WHERE m.org = @org AND {RunRows.Counted})
        """;

    // Matches in SQL, so that the whole claim is one statement. A run behind another of its session is no candidate.
    const string Candidates =
        $"""
        FROM runs r
        JOIN sessions s ON s.org = r.org AND s.session_id = r.session_id
        JOIN runners w ON w.org = r.org AND w.runner_id = @runner
        WHERE r.org = @org AND r.status = 'pending' AND r.rank IS NOT NULL AND NOT w.is_leaving
            AND (r.executor IS NULL OR r.executor = ANY (w.executors)
                OR (r.executor = 'claude-code' AND cardinality(w.executors) = 0))
            AND (r.demand_hostname IS NULL OR r.demand_hostname = w.hostname)
            AND (r.demand_project_dir IS NULL OR r.demand_project_dir = w.project_dir)
            AND (r.demand_executor_type IS NULL OR r.demand_executor_type = w.executor_type OR r.demand_executor_type = ANY (w.executors))
            AND r.demand_tags <@ w.tags
            AND NOT {RunRows.IsBehind}
            AND NOT {Quarantines.HasRun}
            AND (@global_cap IS NULL OR @global_cap > (SELECT count(*) FROM runs m WHERE {RunRows.Counted}) + ({Poorer}))
            AND (@org_cap IS NULL OR @org_cap > (SELECT count(*) FROM runs m WHERE m.org = @org AND {RunRows.Counted}))
            AND (r.agent_cap IS NULL OR r.agent_cap > (
                SELECT count(*) FROM runs m
                WHERE m.org = r.org AND m.agent_name = r.agent_name AND m.agent_cap IS NOT NULL AND {RunRows.Counted}))
            AND (w.max_concurrent IS NULL OR w.max_concurrent > (
                SELECT count(*) FROM runs m WHERE m.org = w.org AND m.runner_id = w.runner_id AND {RunRows.Counted}))
        ORDER BY r.rank, r.place LIMIT 1
        """;

    const string Claim =
        $"""
        WITH candidate AS MATERIALIZED (
            SELECT r.run_id {Candidates} FOR NO KEY UPDATE OF s SKIP LOCKED
        )
        UPDATE runs r SET
            status = 'claimed', runner_id = @runner, fence = r.fence + 1, attempt = r.attempt + 1, token_hash = @token,
            next_ordinal = 1, stop_told_at = NULL, claimed_at = @now, renewed_at = @now, due_at = NULL,
            lease_until = @now + @lease
        FROM candidate c
        WHERE r.org = @org AND r.run_id = c.run_id AND r.status = 'pending'
        RETURNING {RunRows.Columns}, r.turn, r.tree IS NOT NULL
        """;

    // What comes from now on stands back no less than what is served. Who finds the row held by another claim of the moment leaves it to that.
    const string Advance =
        """
        WITH advanced AS (
            UPDATE queues SET turn = @turn
            WHERE org IN (SELECT q.org FROM queues q WHERE q.org = @org AND q.turn < @turn FOR UPDATE SKIP LOCKED)
        )
        INSERT INTO queues (org, turn) SELECT @org, @turn WHERE NOT EXISTS (SELECT 1 FROM queues WHERE org = @org)
        ON CONFLICT DO NOTHING
        """;

    public static async Task<ClaimedRun?> ClaimAsync(Tx tx, CoordinatorOptions options, ClaimRequest request)
    {
        // The runner's row is held, so that two polls of one runner cannot pass its limit together. Most polls find an empty queue, and to
        // plan the claim takes PostgreSQL many times as long as to see that.
        var (lease, hasQueue, hasCaps) = await tx.FirstAsync(
            new Statement(
                """
                SELECT CASE WHEN acknowledges_claims THEN @ack ELSE lease END,
                    EXISTS (SELECT 1 FROM runs WHERE org = @org AND status = 'pending' AND rank IS NOT NULL),
                    EXISTS (SELECT 1 FROM runs WHERE org = @org AND status = 'pending' AND rank IS NOT NULL AND agent_cap IS NOT NULL)
                FROM runners
                WHERE org = @org AND runner_id = @runner AND lapsed_claims = COALESCE(@lapsed, lapsed_claims) FOR NO KEY UPDATE
                """)
                .Text("org", request.Org).Text("runner", request.RunnerId).Number("lapsed", request.LapsedClaims).Span("ack", options.ClaimAck),
            row => (row.GetTimeSpan(0), row.GetBoolean(1), row.GetBoolean(2))).ConfigureAwait(false);
        if (lease == TimeSpan.Zero || !hasQueue)
        {
            return null;
        }

        await TakeTurnsAsync(tx, options, request.Org, hasCaps).ConfigureAwait(false);
        var run = await TakeAsync(tx, options, request, lease).ConfigureAwait(false);
        if (run is null && await WaitForSkippedAsync(tx, options, request).ConfigureAwait(false))
        {
            run = await TakeAsync(tx, options, request, lease).ConfigureAwait(false);
        }

        return run is null ? null : await SettleAsync(tx, run).ConfigureAwait(false);
    }

    // Two claims that count at one moment would pass a cap together: where there is one, they count one after the other.
    static async Task TakeTurnsAsync(Tx tx, CoordinatorOptions options, string org, bool hasCaps)
    {
        if (hasCaps || (options.MaxLiveRuns ?? options.MaxLiveRunsPerOrg) is not null)
        {
            await tx.ExecuteAsync(new Statement(
                "SELECT pg_advisory_xact_lock(hashtextextended('agent-orchestrator caps ' || current_schema() || ' ' || @of, 0))")
                .Text("of", options.MaxLiveRuns is null ? org : "")).ConfigureAwait(false);
        }
    }

    static async Task<Run?> TakeAsync(Tx tx, CoordinatorOptions options, ClaimRequest request, TimeSpan lease)
    {
        var (run, turn, hasTree) = await tx.FirstAsync(
            Of(Claim, tx, options, request).Text("token", request.RunTokenHash).Span("lease", lease),
            reader =>
            {
                var row = new Row(reader);
                return ((Run?)RunRows.Read(ref row), row.Number(), row.Flag());
            }).ConfigureAwait(false);
        if (hasTree && turn > 0)
        {
            await tx.ExecuteAsync(new Statement(Advance).Text("org", request.Org).Number("turn", turn)).ConfigureAwait(false);
        }

        return run;
    }

    // Whoever writes to a session holds its row for a moment. A run must not wait for the next poll because of that.
    static async Task<bool> WaitForSkippedAsync(Tx tx, CoordinatorOptions options, ClaimRequest request)
    {
        var sessionId = await tx.FirstAsync(Of($"SELECT s.session_id {Candidates}", tx, options, request), row => row.GetString(0)).ConfigureAwait(false);
        return sessionId is not null && (await SessionRows.LockAllAsync(tx, request.Org, [sessionId]).ConfigureAwait(false)).Count > 0;
    }

    static async Task<ClaimedRun> SettleAsync(Tx tx, Run run)
    {
        tx.Holds(run.Org, run.SessionId);
        var session = await tx.FirstAsync(
            new Statement(
                $"""
                UPDATE sessions s SET status = 'running', waiting_reason = NULL, changed_at = @now
                WHERE s.org = @org AND s.session_id = @session RETURNING {SessionRows.Columns}
                """)
                .Text("org", run.Org).Text("session", run.SessionId).Time("now", tx.Now),
            SessionRows.Read).ConfigureAwait(false);
        tx.Changed(new RunChanged(run));
        tx.Changed(new SessionUpdated(session!));
        return new ClaimedRun(run, session!.ExecutorSessionId);
    }

    static Statement Of(string sql, Tx tx, CoordinatorOptions options, ClaimRequest request) =>
        new Statement(sql).Text("org", request.Org).Text("runner", request.RunnerId).Time("now", tx.Now)
            .Number("global_cap", options.MaxLiveRuns).Number("org_cap", options.MaxLiveRunsPerOrg).Span("stale", options.RunnerStale);
}
