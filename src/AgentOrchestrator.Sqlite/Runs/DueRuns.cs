using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Sqlite.Runs;

/// <summary>What time brings about: delayed runs that begin, queue time-outs, time-outs of what works.</summary>
static class DueRuns
{
    public static DueCounts Take(WriteTransaction transaction, CoordinatorOptions options, int limit)
    {
        var (released, timedOut, expired) = (0, 0, 0);
        var due = transaction.Db.Query($"""
            {RunRows.Select} WHERE r.place IN (
                SELECT d.place FROM runs d INDEXED BY runs_due
                WHERE d.completed_at IS NULL AND d.due_at IS NOT NULL AND d.due_at <= ?1 ORDER BY d.due_at LIMIT ?2)
            """).Bind(transaction.Now).Bind(limit).All(RunRows.Read);
        foreach (var run in due)
        {
            switch (run.Status)
            {
                case RunStatus.Pending when run.IsDelayed:
                    Release(transaction, options, run);
                    released++;
                    break;
                case RunStatus.Pending:
                    var end = new RunEnd(RunStatus.Failed, "expired", RunErrors.Expired);
                    RunEnds.End(transaction, options, run, end, RunEvents.Coordinator, digest: null);
                    expired++;
                    break;
                default:
                    RunStops.Wish(transaction, run, RunEvents.Coordinator, StopReasons.Timeout);
                    timedOut++;
                    break;
            }
        }

        return new DueCounts(released, timedOut, expired, Next(transaction));
    }

    // It stands where a run that is queued now would stand.
    static void Release(WriteTransaction transaction, CoordinatorOptions options, Run run)
    {
        transaction.Db.Query("""
            UPDATE runs SET turn = released.turn, rank = ?3 + released.turn * ?4, due_at = expires_at,
                timeout_at = CASE WHEN timeout_at IS NULL THEN NULL ELSE ?5 END
            FROM (SELECT d.place, max(
                COALESCE((SELECT q.turn FROM queues q WHERE q.org = d.org), 0),
                COALESCE((
                    SELECT t.turn + 1 FROM runs t
                    WHERE t.org = d.org AND t.tree = d.tree AND t.priority >= d.priority
                        AND t.completed_at IS NULL AND t.runner_id IS NULL AND t.rank IS NOT NULL AND t.tree IS NOT NULL
                    ORDER BY t.turn DESC LIMIT 1), 0)) AS turn
                FROM runs d WHERE d.org = ?1 AND d.run_id = ?2) AS released
            WHERE runs.place = released.place
            """).Bind(run.Org).Bind(run.RunId).Bind(QueueOrder.StartOf(transaction.Now, run.Priority, options))
            .Bind(QueueOrder.TurnWorth(options)).Bind(transaction.Now + options.NoMatchTimeout).Run();
        var queued = RunRows.Require(transaction.Db, run.Org, run.RunId);
        transaction.Changed(new RunChanged(queued));
        transaction.Changed(new RunClaimable(queued.Org, queued.RunId, queued.Executor, queued.Demands));
    }

    static TimeSpan? Next(WriteTransaction transaction)
    {
        using var next = transaction.Db.Query(
            "SELECT due_at FROM runs INDEXED BY runs_due WHERE completed_at IS NULL AND due_at IS NOT NULL ORDER BY due_at LIMIT 1");
        return !next.Read() ? null
            : next.Instant() is var due && due > transaction.Now ? due - transaction.Now
            : TimeSpan.Zero;
    }
}
