using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Postgres.Hints;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Postgres.Runs;

/// <summary>Ends what nobody reports on any more, each run in a transaction of its own, so that none waits for the rest.</summary>
sealed class Reaping(PostgresDatabase database, CoordinatorOptions options)
{
    const string LeaseOver = $"(r.lease_until IS NULL OR r.lease_until <= {Statement.Clock})";

    // A run behind another of its session waits for that, one of an agent in quarantine for a person: not for a runner.
    const string Unmatched =
        $"""
        r.status = 'pending' AND r.rank IS NOT NULL AND r.timeout_at <= {Statement.Clock} AND NOT {RunRows.IsBehind}
            AND NOT {Quarantines.HasRun}
        """;

    const string Any = "(@now IS NULL OR true)";

    // A runner that keeps leases holds on to its runs through an outage, and comes back to them; or is alive on another node.
    const string LeftBehind =
        $"""
        {Any} AND NOT EXISTS (
            SELECT 1 FROM runners w WHERE w.org = r.org AND w.runner_id = r.runner_id AND w.keeps_leases)
        """;

    // How long a lease was not renewed, which says more than its end.
    const string Silent = $"r.renewed_at <= {Statement.Clock} - interval '5 minutes' AND {LeftBehind}";

    public async Task<ReapCounts> ReapAsync(int limit, CancellationToken cancel)
    {
        var lost = new RunEnd(RunStatus.Failed, "lost", RunErrors.LeaseEnded);
        var expired = new RunEnd(RunStatus.Failed, "expired", RunErrors.NoRunner);
        await database.WriteAsync(NoteLapsesAsync, cancel).ConfigureAwait(false);
        var counts = new ReapCounts(
            await EachAsync($"r.status = 'claimed' AND {LeaseOver}", limit, RequeueAsync, cancel).ConfigureAwait(false),
            await EachAsync($"r.status IN ('running', 'waiting') AND {LeaseOver}", limit, End(lost), cancel).ConfigureAwait(false),
            await EachAsync($"r.status = 'stopping' AND {LeaseOver}", limit, End(Stopped), cancel).ConfigureAwait(false),
            await EachAsync(Unmatched, limit, End(expired), cancel).ConfigureAwait(false));
        await database.WriteAsync(tx => IdempotencyKeys.ForgetOldAsync(tx, limit), cancel).ConfigureAwait(false);
        return counts;
    }

    public async Task<ReapCounts> RecoverAsync(RecoveryMode mode, CancellationToken cancel)
    {
        if (mode == RecoveryMode.None)
        {
            return new ReapCounts(0, 0, 0, 0);
        }

        if (mode == RecoveryMode.All && await database.ReadAsync(HintListener.HasCompanyAsync, cancel).ConfigureAwait(false))
        {
            // What is live may be live through the other node.
            mode = RecoveryMode.Stale;
        }

        var (which, stopping) = mode == RecoveryMode.All ? (Any, Any) : (Silent, LeftBehind);
        var lost = new RunEnd(RunStatus.Failed, "lost", mode == RecoveryMode.All ? RunErrors.RestartedUnknown : RunErrors.Restarted);
        var counts = new ReapCounts(
            await EachAsync($"r.status = 'claimed' AND {which}", int.MaxValue, RequeueAsync, cancel).ConfigureAwait(false),
            await EachAsync($"r.status IN ('running', 'waiting') AND {which}", int.MaxValue, End(lost), cancel).ConfigureAwait(false),
            await EachAsync($"r.status = 'stopping' AND {stopping}", int.MaxValue, End(Stopped), cancel).ConfigureAwait(false),
            Expired: 0);
        await database.WriteAsync(tx => Leases.GrantAnewAsync(tx, options), cancel).ConfigureAwait(false);
        return counts;
    }

    // Signalled before the runs are offered again: what these runners have asked is answered, and does not bring them the same runs.
    // By itself, since a claim holds its runner's row before it asks for a session's.
    static async Task<int> NoteLapsesAsync(Tx tx)
    {
        var signals = await tx.AllAsync(
            new Statement(
                $"""
                WITH lapsed AS MATERIALIZED (
                    SELECT w.org, w.runner_id FROM runners w
                    WHERE EXISTS (
                        SELECT 1 FROM runs r WHERE r.org = w.org AND r.runner_id = w.runner_id AND r.status = 'claimed' AND {LeaseOver})
                    ORDER BY w.org, w.runner_id FOR NO KEY UPDATE OF w
                )
                UPDATE runners w SET lapsed_claims = w.lapsed_claims + 1 FROM lapsed l
                WHERE w.org = l.org AND w.runner_id = l.runner_id
                RETURNING w.org, w.runner_id
                """)
                .Time("now", tx.NowOrNull),
            row => new RunnerSignalled(row.GetString(0), row.GetString(1))).ConfigureAwait(false);
        signals.ForEach(tx.Changed);
        return signals.Count;
    }

    static RunEnd Stopped { get; } = new(RunStatus.Stopped, "stopped");

    Func<Tx, LockedRun, Task> End(RunEnd end) =>
        (tx, locked) => RunEnds.EndAsync(tx, options, locked, end.From(locked.Run), RunEvents.Coordinator, digest: null);

    Task RequeueAsync(Tx tx, LockedRun locked) =>
        Leases.GiveBackAsync(tx, options, locked, "the claim was not started in time");

    async Task<int> EachAsync(string where, int limit, Func<Tx, LockedRun, Task> act, CancellationToken cancel)
    {
        var found = await database.ReadAsync(
            reads => reads.AllAsync(
                new Statement($"SELECT r.org, r.run_id FROM runs r WHERE {where} ORDER BY r.place LIMIT @limit")
                    .Time("now", reads.NowOrNull).Number("limit", limit),
                row => (Org: row.GetString(0), RunId: row.GetString(1))),
            cancel).ConfigureAwait(false);
        var done = 0;
        foreach (var (org, runId) in found)
        {
            done += await database.WriteAsync(tx => OneAsync(tx, org, runId, where, act), cancel).ConfigureAwait(false);
        }

        return done;
    }

    // Another node, or the runner itself, may have been first: the condition is asked again under the lock.
    static async Task<int> OneAsync(Tx tx, string org, string runId, string where, Func<Tx, LockedRun, Task> act)
    {
        if (await LockedRun.FindAsync(tx, org, runId, withParent: true).ConfigureAwait(false) is not { } locked)
        {
            return 0;
        }

        var still = await tx.FirstAsync(
            new Statement($"SELECT true FROM runs r WHERE r.org = @org AND r.run_id = @run AND {where} FOR NO KEY UPDATE")
                .Text("org", org).Text("run", runId).Time("now", tx.NowOrNull),
            row => row.GetBoolean(0)).ConfigureAwait(false);
        if (still)
        {
            await act(tx, locked).ConfigureAwait(false);
        }

        return still ? 1 : 0;
    }
}
