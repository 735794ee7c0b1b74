using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Sqlite.Sessions;

namespace AgentOrchestrator.Sqlite.Runs;

/// <summary>Runs that are held up by a child that they wait for: they keep their lease and take no place of their runner.</summary>
static class ChildWaits
{
    /// <summary>The parent's run waits from now on for one more child.</summary>
    /// <returns>False when no run of it works, so that nobody waits.</returns>
    public static bool Begin(WriteTransaction transaction, string org, string parentId)
    {
        Move(transaction, org, parentId, """
            UPDATE runs SET status = 'waiting', waiting_reason = 'child'
            WHERE org = ?1 AND session_id = ?2 AND completed_at IS NULL AND runner_id IS NOT NULL AND status = 'running'
            RETURNING run_id
            """);
        using var waits = transaction.Db.Query("""
            SELECT 1 FROM runs WHERE org = ?1 AND session_id = ?2 AND completed_at IS NULL AND runner_id IS NOT NULL AND waiting_reason = 'child'
            """).Bind(org).Bind(parentId);
        return waits.Read();
    }

    /// <summary>The parent's run goes on, unless another child holds it up.</summary>
    /// <param name="child">Ended.</param>
    public static void End(WriteTransaction transaction, Run child)
    {
        if (child is { HoldsParent: true, ParentSessionId: { } parentId })
        {
            Move(transaction, child.Org, parentId, """
                UPDATE runs SET status = 'running', waiting_reason = NULL
                WHERE org = ?1 AND session_id = ?2 AND completed_at IS NULL AND runner_id IS NOT NULL
                    AND status = 'waiting' AND waiting_reason = 'child'
                    AND NOT EXISTS (
                        SELECT 1 FROM runs c WHERE c.org = ?1 AND c.parent_session_id = ?2 AND c.completed_at IS NULL AND c.holds_parent)
                RETURNING run_id
                """);
        }
    }

    static void Move(WriteTransaction transaction, string org, string parentId, string sql)
    {
        string runId;
        using (var moved = transaction.Db.Query(sql).Bind(org).Bind(parentId))
        {
            if (!moved.Read())
            {
                return;
            }

            runId = moved.Text();
        }

        transaction.Changed(new RunChanged(RunRows.Require(transaction.Db, org, runId)));
        SessionWrites.Settle(transaction, org, parentId, [], otherwise: null);
    }
}
