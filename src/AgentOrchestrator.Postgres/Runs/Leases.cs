using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Postgres.Sessions;
using RunFence = AgentOrchestrator.Protocol.Runners.RunFence;

namespace AgentOrchestrator.Postgres.Runs;

/// <summary>The leases of live runs: renewed, given back, and what their holders must be told.</summary>
static class Leases
{
    /// <summary>Renews what the runner still holds. Rows are taken in the order of their ids, as two renewals may meet.</summary>
    /// <remarks>
    /// A runner that acknowledges claims and names no runs may not know of an unstarted one, whose answer was lost: it is left to expire.
    /// Of a runner that does not, an unstarted claim has the one lease that it began with, since nothing tells whether it arrived.
    /// A lease past its end is renewed as well, as long as nobody has taken it away.
    /// </remarks>
    public static async Task<RenewedLeases> RenewAsync(
        Tx tx, CoordinatorOptions options, string org, string runnerId, IReadOnlyList<RunFence>? runs)
    {
        var renew = new Statement(
            $"""
            WITH held AS MATERIALIZED (
                SELECT r.run_id, COALESCE(w.lease, @lease) AS lease,
                    r.status = 'claimed' AND NOT COALESCE(w.acknowledges_claims, false) AS keeps_end
                FROM runs r LEFT JOIN runners w ON w.org = r.org AND w.runner_id = r.runner_id
                WHERE r.org = @org AND r.runner_id = @runner AND r.status IN {RunRows.Live} AND r.lease_until IS NOT NULL
                    AND CASE WHEN @all THEN r.status <> 'claimed' OR NOT COALESCE(w.acknowledges_claims, false)
                        ELSE (r.run_id, r.fence) IN (SELECT f.run_id, f.fence FROM unnest(@runs, @fences) AS f(run_id, fence)) END
                ORDER BY r.run_id FOR NO KEY UPDATE OF r
            )
            UPDATE runs r SET
                lease_until = CASE WHEN held.keeps_end THEN r.lease_until ELSE COALESCE(@now, clock_timestamp()) + held.lease END,
                renewed_at = COALESCE(@now, clock_timestamp())
            FROM held WHERE r.org = @org AND r.run_id = held.run_id
            RETURNING r.run_id, r.status = 'stopping'
            """)
            .Text("org", org).Text("runner", runnerId).Time("now", tx.NowOrNull).Span("lease", options.Lease).Flag("all", runs is null)
            .Texts("runs", runs?.Select(run => run.RunId) ?? []).Numbers("fences", runs?.Select(run => run.Fence) ?? []);
        var renewed = await tx.AllAsync(renew, row => (RunId: row.GetString(0), IsStopping: row.GetBoolean(1))).ConfigureAwait(false);
        var kept = renewed.Select(run => run.RunId).ToHashSet();
        return new RenewedLeases(
            [.. renewed.Where(run => run.IsStopping).Select(run => run.RunId).Order(StringComparer.Ordinal)],
            [.. (runs ?? []).Select(run => run.RunId).Where(runId => !kept.Contains(runId))]);
    }

    /// <summary>Gives every lease that was not taken away as long as a renewal would, without counting as one.</summary>
    /// <remarks>One that was renewed later than now is of a clock that has been put back: its end says nothing.</remarks>
    public static Task<int> GrantAnewAsync(Tx tx, CoordinatorOptions options) => tx.ExecuteAsync(
        new Statement(
            $"""
            WITH held AS MATERIALIZED (
                SELECT r.org, r.run_id, {Statement.Clock} AS now, {Statement.Clock} + COALESCE(w.lease, @lease) AS until FROM runs r
                LEFT JOIN runners w ON w.org = r.org AND w.runner_id = r.runner_id
                WHERE r.status IN {RunRows.Live} AND r.lease_until IS NOT NULL
                ORDER BY r.run_id FOR NO KEY UPDATE OF r
            )
            UPDATE runs r SET
                lease_until = CASE WHEN r.renewed_at > held.now THEN held.until ELSE GREATEST(r.lease_until, held.until) END,
                renewed_at = LEAST(r.renewed_at, held.now)
            FROM held WHERE r.org = held.org AND r.run_id = held.run_id
            """)
            .Time("now", tx.NowOrNull).Span("lease", options.Lease));

    /// <summary>The stops that the runner was not told in the last 10 seconds; now it is.</summary>
    public static async Task<IReadOnlyList<string>> TakeStopsAsync(Tx tx, string org, string runnerId) => await tx.AllAsync(
        new Statement(
            """
            WITH untold AS MATERIALIZED (
                SELECT run_id FROM runs
                WHERE org = @org AND runner_id = @runner AND status = 'stopping' AND lease_until IS NOT NULL
                    AND (stop_told_at IS NULL OR stop_told_at <= COALESCE(@now, clock_timestamp()) - interval '10 seconds')
                ORDER BY run_id FOR NO KEY UPDATE
            )
            UPDATE runs r SET stop_told_at = COALESCE(@now, clock_timestamp()) FROM untold u
            WHERE r.org = @org AND r.run_id = u.run_id AND r.status = 'stopping'
            RETURNING r.run_id
            """)
            .Text("org", org).Text("runner", runnerId).Time("now", tx.NowOrNull),
        row => row.GetString(0)).ConfigureAwait(false);

    /// <summary>A claim that nobody started: claimed → pending, or failed when that was once too often. Its parent is locked too.</summary>
    public static Task GiveBackAsync(Tx tx, CoordinatorOptions options, LockedRun locked, string reason) =>
        RetryRules.IsPoison(locked.Run, options)
            ? RunEnds.EndAsync(tx, options, locked, RetryRules.Poison(locked.Run), RunEvents.Coordinator, digest: null)
            : RequeueAsync(tx, options, locked, reason, RunEvents.Coordinator);

    /// <summary>Claimed → pending. Its time to find a runner begins anew.</summary>
    public static async Task RequeueAsync(Tx tx, CoordinatorOptions options, LockedRun locked, string reason, string actor)
    {
        var run = await tx.FirstAsync(
            new Statement(
                $"""
                UPDATE runs r SET
                    status = 'pending', runner_id = NULL, claimed_at = NULL, lease_until = NULL, renewed_at = NULL, token_hash = NULL,
                    timeout_at = CASE WHEN r.timeout_at IS NULL THEN NULL ELSE @now + @timeout END, due_at = r.expires_at
                WHERE r.org = @org AND r.run_id = @run AND r.status = 'claimed' AND r.fence = @fence
                RETURNING {RunRows.Columns}
                """)
                .Text("org", locked.Run.Org).Text("run", locked.Run.RunId).Number("fence", locked.Run.Fence)
                .Time("now", tx.Now).Span("timeout", options.NoMatchTimeout),
            RunRows.Read).ConfigureAwait(false);
        if (run is null)
        {
            return;
        }

        tx.Changed(new RunChanged(run));
        await EventLog.SettleAsync(tx, locked.Session, [RunEvents.Requeued(run.RunId, reason, actor, tx.Now)], otherwise: null)
            .ConfigureAwait(false);
        tx.Changed(new RunClaimable(run.Org, run.RunId, run.Executor, run.Demands));
    }
}
