using AgentOrchestrator.Coordinator.Runs;

namespace AgentOrchestrator.Sqlite.Runs;

/// <summary>Queue time-outs and time-outs of runs, as instants.</summary>
static class Deadlines
{
    /// <summary>Moves those that were set before the clock jumped; what waits for its day waits for it.</summary>
    public static void Follow(WriteTransaction transaction, ClockJump jump) => transaction.Db.Query("""
        UPDATE runs INDEXED BY runs_open SET
            timeout_at = timeout_at + ?1, deadline_at = deadline_at + ?1, expires_at = expires_at + ?1, due_at = due_at + ?1
        WHERE completed_at IS NULL AND (runner_id IS NOT NULL OR rank IS NOT NULL) AND COALESCE(started_at, created_at) NOT BETWEEN ?2 AND ?3
        """).Bind(jump.By).Bind(jump.Since).Bind(transaction.Now).Run();
}
