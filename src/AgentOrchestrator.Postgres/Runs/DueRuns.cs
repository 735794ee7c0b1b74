using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Postgres.Runs;

/// <summary>What time brings about, each run in a transaction of its own: delayed runs begin, queue time-outs and time-outs pass.</summary>
sealed class DueRuns(PostgresDatabase database, CoordinatorOptions options)
{
    const string IsDue = $"r.completed_at IS NULL AND r.due_at IS NOT NULL AND r.due_at <= {Statement.Clock}";

    static readonly string s_release =
        $"""
        UPDATE runs r SET turn = stands.turn, rank = @rank_start + stands.turn * @turn_worth, due_at = r.expires_at,
            timeout_at = CASE WHEN r.timeout_at IS NULL THEN NULL ELSE @now + @no_match END
        FROM (
            SELECT turned.turn FROM runs d CROSS JOIN LATERAL ({RunQueue.TurnOf("d.org", "d.tree", "d.priority")}) turned
            WHERE d.org = @org AND d.run_id = @run) stands
        WHERE r.org = @org AND r.run_id = @run
        RETURNING {RunRows.Columns}
        """;

    public async Task<DueCounts> TakeAsync(int limit, CancellationToken cancel)
    {
        var found = await database.ReadAsync(
            reads => reads.AllAsync(
                new Statement($"SELECT r.org, r.run_id FROM runs r WHERE {IsDue} ORDER BY r.due_at LIMIT @limit")
                    .Time("now", reads.NowOrNull).Number("limit", limit),
                row => (Org: row.GetString(0), RunId: row.GetString(1))),
            cancel).ConfigureAwait(false);
        var (released, timedOut, expired) = (0, 0, 0);
        foreach (var (org, runId) in found)
        {
            switch (await database.WriteAsync(tx => OneAsync(tx, org, runId), cancel).ConfigureAwait(false))
            {
                case { Status: RunStatus.Pending }:
                    released++;
                    break;
                case { Status: RunStatus.Stopping }:
                    timedOut++;
                    break;
                case { Status: RunStatus.Failed }:
                    expired++;
                    break;
            }
        }

        return new DueCounts(released, timedOut, expired, await NextAsync(cancel).ConfigureAwait(false));
    }

    /// <returns>The run afterwards; null when it is no longer due, for another node may have been first.</returns>
    async Task<Run?> OneAsync(Tx tx, string org, string runId)
    {
        if (await LockedRun.FindAsync(tx, org, runId, withParent: true).ConfigureAwait(false) is not { } locked
            || !await tx.FirstAsync(
                new Statement($"SELECT true FROM runs r WHERE r.org = @org AND r.run_id = @run AND {IsDue} FOR NO KEY UPDATE")
                    .Text("org", org).Text("run", runId).Time("now", tx.NowOrNull),
                row => row.GetBoolean(0)).ConfigureAwait(false))
        {
            return null;
        }

        return locked.Run switch
        {
            { Status: RunStatus.Pending, IsDelayed: true } => await ReleaseAsync(tx, locked.Run).ConfigureAwait(false),
            { Status: RunStatus.Pending } => await RunEnds.EndAsync(
                tx, options, locked, new RunEnd(RunStatus.Failed, "expired", RunErrors.Expired), RunEvents.Coordinator, digest: null)
                .ConfigureAwait(false),
            var live => await RunStops.WishAsync(tx, live, locked.Session, RunEvents.Coordinator, StopReasons.Timeout).ConfigureAwait(false),
        };
    }

    // It stands where a run that is queued now would stand.
    async Task<Run> ReleaseAsync(Tx tx, Run delayed)
    {
        var run = (await tx.FirstAsync(
            new Statement(s_release)
                .Text("org", delayed.Org).Text("run", delayed.RunId).Time("now", tx.Now).Span("no_match", options.NoMatchTimeout)
                .Number("rank_start", QueueOrder.StartOf(tx.Now, delayed.Priority, options))
                .Number("turn_worth", QueueOrder.TurnWorth(options)),
            RunRows.Read).ConfigureAwait(false))!;
        tx.Changed(new RunChanged(run));
        tx.Changed(new RunClaimable(run.Org, run.RunId, run.Executor, run.Demands));
        return run;
    }

    Task<TimeSpan?> NextAsync(CancellationToken cancel) => database.ReadAsync(
        reads => reads.FirstAsync(
            new Statement(
                $"""
                SELECT GREATEST(r.due_at - {Statement.Clock}, interval '0') FROM runs r
                WHERE r.completed_at IS NULL AND r.due_at IS NOT NULL ORDER BY r.due_at LIMIT 1
                """)
                .Time("now", reads.NowOrNull),
            row => (TimeSpan?)row.GetTimeSpan(0)),
        cancel);
}
