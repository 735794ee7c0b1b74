using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Sqlite.Runs;

/// <summary>Ends what nobody reports on any more.</summary>
static class Reaping
{
    static readonly TimeSpan s_longSilence = TimeSpan.FromMinutes(5);

    // Over an index of live runs, which is short whatever the history; left to itself, SQLite walks the whole table in its order.
    const string FromLive = $"""
        {RunRows.Select} WHERE r.place IN (
            SELECT l.place FROM runs l INDEXED BY runs_held WHERE l.completed_at IS NULL AND l.runner_id IS NOT NULL
        """;
    const string LeaseOver = "AND (l.lease_until IS NULL OR l.lease_until <= ?1)) ORDER BY r.place LIMIT ?2";
    const string ClaimsOver = $"{FromLive} AND l.status = 'claimed' {LeaseOver}";
    const string StartedOver = $"{FromLive} AND l.status IN ('running', 'waiting') {LeaseOver}";
    const string StopsOver = $"{FromLive} AND l.status = 'stopping' {LeaseOver}";

    // A run behind another of its session waits for that, one of an agent in quarantine for a person: not for a runner.
    const string Unmatched = $"""
        {RunRows.Select} WHERE r.completed_at IS NULL AND r.runner_id IS NULL AND r.rank IS NOT NULL AND r.timeout_at <= ?1
            AND NOT EXISTS ({RunRows.Before}) AND NOT {Quarantines.HasRun}
        ORDER BY r.timeout_at LIMIT ?2
        """;

    // A runner that keeps leases holds on to its runs through an outage, and comes back to them.
    const string LeftBehind = """
        AND (?2 OR NOT EXISTS (
            SELECT 1 FROM runners w WHERE w.org = l.org AND w.runner_id = l.runner_id AND w.keeps_leases))) ORDER BY r.place
        """;

    // How long a lease was not renewed says more than its end.
    const string Silent = $"AND l.renewed_at <= ?1 {LeftBehind}";
    const string SilentClaims = $"{FromLive} AND l.status = 'claimed' {Silent}";
    const string SilentStarted = $"{FromLive} AND l.status IN ('running', 'waiting') {Silent}";
    const string Stopping = $"{FromLive} AND l.status = 'stopping' {Silent}";

    public static ReapCounts Reap(WriteTransaction transaction, CoordinatorOptions options, int limit)
    {
        var lost = new RunEnd(RunStatus.Failed, "lost", RunErrors.LeaseEnded);
        var expired = new RunEnd(RunStatus.Failed, "expired", RunErrors.NoRunner);
        IdempotencyKeys.ForgetOld(transaction.Db, transaction.Now, limit);
        return new ReapCounts(
            Requeue(transaction, options, Due(ClaimsOver)),
            End(transaction, options, Due(StartedOver), lost),
            End(transaction, options, Due(StopsOver), RunEnds.Stopped),
            End(transaction, options, Due(Unmatched), expired));

        List<Run> Due(string sql) => transaction.Db.Query(sql).Bind(transaction.Now).Bind(limit).All(RunRows.Read);
    }

    public static ReapCounts Recover(WriteTransaction transaction, CoordinatorOptions options, RecoveryMode mode)
    {
        if (mode == RecoveryMode.None)
        {
            return new ReapCounts(0, 0, 0, 0);
        }

        var (since, error) = mode == RecoveryMode.All
            ? (DateTimeOffset.MaxValue, RunErrors.RestartedUnknown)
            : (transaction.Now - s_longSilence, RunErrors.Restarted);
        var counts = new ReapCounts(
            Requeue(transaction, options, Which(SilentClaims, since)),
            End(transaction, options, Which(SilentStarted, since), new RunEnd(RunStatus.Failed, "lost", error)),
            End(transaction, options, Which(Stopping, DateTimeOffset.MaxValue), RunEnds.Stopped),
            Expired: 0);
        Leases.GrantAnew(transaction, options);
        return counts;

        List<Run> Which(string sql, DateTimeOffset until) =>
            transaction.Db.Query(sql).Bind(until).Bind(mode == RecoveryMode.All).All(RunRows.Read);
    }

    static int Requeue(WriteTransaction transaction, CoordinatorOptions options, List<Run> runs)
    {
        foreach (var run in runs)
        {
            NoteLapse(transaction, run);
            RunClaims.GiveBack(transaction, options, run, "the claim was not started in time");
        }

        return runs.Count;
    }

    // Signalled before the run is offered again: what this runner has asked is answered, and does not bring it the same run.
    static void NoteLapse(WriteTransaction transaction, Run run)
    {
        transaction.Db.Query("UPDATE runners SET lapsed_claims = lapsed_claims + 1 WHERE org = ?1 AND runner_id = ?2")
            .Bind(run.Org).Bind(run.RunnerId).Run();
        transaction.Changed(new RunnerSignalled(run.Org, run.RunnerId!));
    }

    static int End(WriteTransaction transaction, CoordinatorOptions options, List<Run> runs, RunEnd end)
    {
        foreach (var run in runs)
        {
            RunEnds.End(transaction, options, run, end.From(run), RunEvents.Coordinator, digest: null);
        }

        return runs.Count;
    }
}
