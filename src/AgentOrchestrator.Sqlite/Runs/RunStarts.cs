using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Sqlite.Sessions;

namespace AgentOrchestrator.Sqlite.Runs;

static class RunStarts
{
    /// <summary>Claimed → running. The session remembers where the log of this run begins.</summary>
    /// <exception cref="Protocol.ProductException">NotFound; Conflict.</exception>
    public static Run Start(
        WriteTransaction transaction, CoordinatorOptions options, LeaseRef lease, string? executorSessionId, string? executorType)
    {
        var db = transaction.Db;
        var held = RunRows.RequireHeld(db, lease.Org, lease.RunId);
        if (held.HasEnded && held.WasEndedBy(lease))
        {
            throw RunErrors.NotAllowed(held.Run.Status, RunStatus.Running);
        }

        held.RequireLease(lease);
        if (held.Run.Status is RunStatus.Running or RunStatus.Waiting)
        {
            return held.Run;
        }

        var started = db.Query("""
            UPDATE runs SET status = 'running', started_at = ?4, renewed_at = ?4,
                deadline_at = ?4 + timeout_seconds * 1000000, due_at = ?4 + timeout_seconds * 1000000,
                lease_until = ?4 + COALESCE((SELECT w.lease FROM runners w WHERE w.org = runs.org AND w.runner_id = runs.runner_id), ?5)
            WHERE org = ?1 AND run_id = ?2 AND status = 'claimed' AND fence = ?3
            """).Bind(lease.Org).Bind(lease.RunId).Bind(held.Run.Fence).Bind(transaction.Now).Bind(options.Lease).Run();
        if (started == 0)
        {
            throw RunErrors.NotAllowed(held.Run.Status, RunStatus.Running);
        }

        var run = RunRows.Require(db, lease.Org, lease.RunId);
        transaction.Changed(new RunChanged(run));
        Bind(transaction, run, executorSessionId, executorType);
        SessionWrites.Settle(transaction, run.Org, run.SessionId, [RunEvents.Started(run, transaction.Now)], otherwise: null);
        return run;
    }

    static void Bind(WriteTransaction transaction, Run run, string? executorSessionId, string? executorType)
    {
        transaction.Db.Query("UPDATE sessions SET run_start_seq = last_seq + 1 WHERE org = ?1 AND session_id = ?2")
            .Bind(run.Org).Bind(run.SessionId).Run();
        var patch = new SessionPatch
        {
            ExecutorSessionId = executorSessionId,
            ExecutorType = executorType,
            LastResumedAt = run.Type == RunType.ResumeSession ? transaction.Now : null,
        };
        if (patch != new SessionPatch())
        {
            SessionWrites.Patch(transaction, SessionRows.Get(transaction.Db, run.Org, run.SessionId), patch);
        }
    }
}
