using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Sqlite.Sessions;

namespace AgentOrchestrator.Sqlite.Runs;

/// <summary>Gives the oldest run that fits to a runner, and takes back what the runner did not start.</summary>
static class RunClaims
{
    // A run behind another of its session is no candidate. Tags: none of the demanded ones is missing from the offered.
    const string Claim = $"""
        UPDATE runs SET
            status = 'claimed', runner_id = ?2, fence = runs.fence + 1, attempt = runs.attempt + 1, token_hash = ?3,
            next_ordinal = 1, stop_told_at = NULL, claimed_at = ?4, renewed_at = ?4, due_at = NULL,
            lease_until = ?4 + CASE holder.acknowledges_claims WHEN 1 THEN ?5 ELSE holder.lease END
        FROM runners holder
        WHERE holder.org = ?1 AND holder.runner_id = ?2 AND runs.place = (
            SELECT r.place FROM runners w CROSS JOIN runs r INDEXED BY runs_queue
                ON r.org = w.org AND r.completed_at IS NULL AND r.runner_id IS NULL AND r.rank IS NOT NULL
            WHERE w.org = ?1 AND w.runner_id = ?2 AND NOT w.is_leaving AND w.lapsed_claims = COALESCE(?9, w.lapsed_claims)
                AND (w.max_concurrent IS NULL OR w.max_concurrent > (
                    SELECT count(*) FROM runs m WHERE m.org = w.org AND m.runner_id = w.runner_id AND m.completed_at IS NULL
                        AND m.waiting_reason IS NOT 'child'))
                AND (r.executor IS NULL OR (r.executor = 'claude-code' AND json_array_length(w.executors) = 0)
                    OR EXISTS (SELECT 1 FROM json_each(w.executors) e WHERE e.value = r.executor))
                AND (r.demands IS NULL OR (
                    COALESCE(json_extract(r.demands, '$.hostname') = w.hostname, json_extract(r.demands, '$.hostname') IS NULL)
                    AND COALESCE(json_extract(r.demands, '$.project_dir') = w.project_dir, json_extract(r.demands, '$.project_dir') IS NULL)
                    AND (json_extract(r.demands, '$.executor_type') IS NULL OR json_extract(r.demands, '$.executor_type') = w.executor_type
                        OR EXISTS (SELECT 1 FROM json_each(w.executors) e WHERE e.value = json_extract(r.demands, '$.executor_type')))
                    AND NOT EXISTS (
                        SELECT 1 FROM json_each(r.demands, '$.tags') t WHERE t.value NOT IN (SELECT value FROM json_each(w.tags)))))
                AND (?6 IS NULL OR ?6 > (SELECT count(*) FROM runs m INDEXED BY runs_held WHERE {RunRows.Counted}) + ({Poorer}))
                AND (?7 IS NULL OR ?7 > (SELECT count(*) FROM runs m INDEXED BY runs_held WHERE m.org = ?1 AND {RunRows.Counted}))
                AND (r.agent_cap IS NULL OR r.agent_cap > (
                    SELECT count(*) FROM runs m INDEXED BY runs_capped
                    WHERE m.org = r.org AND m.agent_name = r.agent_name AND m.agent_cap IS NOT NULL AND {RunRows.Counted}))
                AND NOT EXISTS ({RunRows.Before})
                AND NOT {Quarantines.HasRun}
            ORDER BY r.rank, r.place LIMIT 1)
        RETURNING run_id, turn, tree IS NOT NULL
        """;

    // Each org that waits with fewer live runs, and has a runner, keeps one of the places that all share.
    const string Poorer = $"""
        SELECT count(*) FROM (SELECT DISTINCT p.org FROM runners p WHERE p.org <> ?1 AND NOT p.is_leaving AND p.last_heartbeat_at > ?8) other
        WHERE EXISTS (
                SELECT 1 FROM runs r INDEXED BY runs_queue
                WHERE r.org = other.org AND r.completed_at IS NULL AND r.runner_id IS NULL AND r.rank IS NOT NULL AND NOT {Quarantines.HasRun})
            AND (SELECT count(*) FROM runs m INDEXED BY runs_held WHERE m.org = other.org AND {RunRows.Counted})
                < (SELECT count(*) FROM runs m INDEXED BY runs_held WHERE m.org = ?1 AND {RunRows.Counted})
        """;

    public static ClaimedRun? Take(WriteTransaction transaction, CoordinatorOptions options, ClaimRequest request)
    {
        string runId;
        long turn;
        bool hasTree;
        using (var claimed = transaction.Db.Query(Claim)
            .Bind(request.Org).Bind(request.RunnerId).Bind(request.RunTokenHash).Bind(transaction.Now).Bind(options.ClaimAck)
            .Bind(options.MaxLiveRuns).Bind(options.MaxLiveRunsPerOrg).Bind(transaction.Now - options.RunnerStale)
            .Bind(request.LapsedClaims))
        {
            if (!claimed.Read())
            {
                return null;
            }

            (runId, turn, hasTree) = (claimed.Text(), claimed.Long(), claimed.Bool());
        }

        if (hasTree && turn > 0)
        {
            Advance(transaction.Db, request.Org, turn);
        }

        var run = RunRows.Require(transaction.Db, request.Org, runId);
        transaction.Changed(new RunChanged(run));
        var session = SessionWrites.Settle(transaction, run.Org, run.SessionId, [], otherwise: null);
        return new ClaimedRun(run, session.ExecutorSessionId);
    }

    // What comes from now on stands back no less than what is served.
    static void Advance(Connection db, string org, long turn) => db.Query("""
        INSERT INTO queues (org, turn) VALUES (?1, ?2) ON CONFLICT (org) DO UPDATE SET turn = excluded.turn WHERE turn < excluded.turn
        """).Bind(org).Bind(turn).Run();

    /// <summary>A claim that nobody started: claimed → pending, or failed when that was once too often.</summary>
    public static void GiveBack(WriteTransaction transaction, CoordinatorOptions options, Run run, string reason)
    {
        if (RetryRules.IsPoison(run, options))
        {
            RunEnds.End(transaction, options, run, RetryRules.Poison(run), RunEvents.Coordinator, digest: null);
        }
        else
        {
            Requeue(transaction, options, run, reason, RunEvents.Coordinator);
        }
    }

    /// <summary>Claimed → pending. Its time to find a runner begins anew.</summary>
    public static void Requeue(WriteTransaction transaction, CoordinatorOptions options, Run run, string reason, string actor)
    {
        var requeued = transaction.Db.Query("""
            UPDATE runs SET
                status = 'pending', runner_id = NULL, claimed_at = NULL, lease_until = NULL, renewed_at = NULL, token_hash = NULL,
                timeout_at = CASE WHEN timeout_at IS NULL THEN NULL ELSE ?4 END, due_at = expires_at
            WHERE org = ?1 AND run_id = ?2 AND status = 'claimed' AND fence = ?3
            """).Bind(run.Org).Bind(run.RunId).Bind(run.Fence).Bind(transaction.Now + options.NoMatchTimeout).Run();
        if (requeued == 0)
        {
            return;
        }

        var after = RunRows.Require(transaction.Db, run.Org, run.RunId);
        transaction.Changed(new RunChanged(after));
        SessionWrites.Settle(
            transaction,
            run.Org,
            run.SessionId,
            [RunEvents.Requeued(run.RunId, reason, actor, transaction.Now)],
            otherwise: null);
        transaction.Changed(new RunClaimable(after.Org, after.RunId, after.Executor, after.Demands));
    }
}
