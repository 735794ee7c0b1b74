using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Postgres.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Postgres.Runs;

static class RunStarts
{
    /// <summary>Claimed → running. The session remembers where the log of this run begins.</summary>
    /// <exception cref="ProductException">Conflict.</exception>
    public static async Task<Run> StartAsync(
        Tx tx, CoordinatorOptions options, LockedRun locked, LeaseRef lease, string? executorSessionId, string? executorType)
    {
        if (locked.HasEnded && locked.EndDigest is not null && locked.IsOf(lease))
        {
            throw RunErrors.NotAllowed(locked.Run.Status, RunStatus.Running);
        }

        locked.RequireLease(lease);
        if (locked.Run.Status is RunStatus.Running or RunStatus.Waiting)
        {
            return locked.Run;
        }

        if (locked.Run.Status != RunStatus.Claimed)
        {
            throw RunErrors.NotAllowed(locked.Run.Status, RunStatus.Running);
        }

        var update = new Statement(
            $"""
            UPDATE runs r SET status = 'running', started_at = @now, renewed_at = @now,
                deadline_at = @now + r.timeout_seconds * interval '1 second', due_at = @now + r.timeout_seconds * interval '1 second',
                lease_until = @now + COALESCE((SELECT w.lease FROM runners w WHERE w.org = r.org AND w.runner_id = r.runner_id), @lease)
            WHERE r.org = @org AND r.run_id = @run AND r.status = 'claimed' AND r.fence = @fence AND r.lease_until IS NOT NULL
            RETURNING {RunRows.Columns}
            """)
            .Text("org", lease.Org).Text("run", lease.RunId).Number("fence", locked.Run.Fence)
            .Time("now", tx.Now).Span("lease", options.Lease);
        var (started, _) = await tx.BothAsync(
            update, RunRows.Read, Bind(tx, locked.Run, executorSessionId, executorType), _ => true).ConfigureAwait(false);
        if (started is not [var run])
        {
            throw RunErrors.StaleLease();
        }

        tx.Changed(new RunChanged(run));
        await EventLog.SettleAsync(tx, locked.Session, [RunEvents.Started(run, tx.Now)], otherwise: null).ConfigureAwait(false);
        return run;
    }

    // The next event is run_start, above which this run's result is looked for.
    static Statement Bind(Tx tx, Run run, string? executorSessionId, string? executorType) => new Statement(
        """
        UPDATE sessions SET run_start_seq = last_seq + 1,
            executor_session_id = COALESCE(@executor_id, executor_session_id), executor_type = COALESCE(@executor, executor_type),
            last_resumed_at = CASE WHEN @resumes THEN @now ELSE last_resumed_at END
        WHERE org = @org AND session_id = @session
        """)
        .Text("org", run.Org).Text("session", run.SessionId).Text("executor_id", executorSessionId).Text("executor", executorType)
        .Flag("resumes", run.Type == RunType.ResumeSession).Time("now", tx.Now);
}
