using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Postgres.Sessions;

namespace AgentOrchestrator.Postgres.Runs;

/// <summary>Runs that are held up by a child that they wait for: they keep their lease and take no place of their runner.</summary>
static class ChildWaits
{
    /// <summary>The parent's run waits from now on for one more child. Its session is locked.</summary>
    /// <returns>False when no run of it works, so that nobody waits.</returns>
    public static async Task<bool> BeginAsync(Tx tx, string org, string parentId)
    {
        await MoveAsync(tx, org, parentId, $"""
            UPDATE runs r SET status = 'waiting', waiting_reason = 'child'
            WHERE r.org = @org AND r.session_id = @parent AND r.status = 'running'
            RETURNING {RunRows.Columns}
            """).ConfigureAwait(false);
        return await tx.FirstAsync(
            Of("SELECT true FROM runs WHERE org = @org AND session_id = @parent AND status = 'waiting' AND waiting_reason = 'child'", org, parentId),
            row => row.GetBoolean(0)).ConfigureAwait(false);
    }

    /// <summary>The parent's run goes on, unless another child holds it up. Its session is locked.</summary>
    /// <param name="child">Ended.</param>
    public static Task EndAsync(Tx tx, Run child) => child is { HoldsParent: true, ParentSessionId: { } parentId }
        ? MoveAsync(tx, child.Org, parentId, $"""
            UPDATE runs r SET status = 'running', waiting_reason = NULL
            WHERE r.org = @org AND r.session_id = @parent AND r.status = 'waiting' AND r.waiting_reason = 'child'
                AND NOT EXISTS (
                    SELECT 1 FROM runs c WHERE c.org = @org AND c.parent_session_id = @parent AND c.holds_parent
                        AND c.status IN ('pending', 'claimed', 'running', 'waiting', 'stopping'))
            RETURNING {RunRows.Columns}
            """)
        : Task.CompletedTask;

    static async Task MoveAsync(Tx tx, string org, string parentId, string sql)
    {
        if (await tx.FirstAsync(Of(sql, org, parentId), RunRows.Read).ConfigureAwait(false) is not { } run)
        {
            return;
        }

        tx.Changed(new RunChanged(run));
        var parent = await tx.FirstAsync(SessionRows.Find(org, parentId), SessionRows.Read).ConfigureAwait(false);
        await EventLog.SettleAsync(tx, parent!, [], otherwise: null).ConfigureAwait(false);
    }

    static Statement Of(string sql, string org, string parentId) => new Statement(sql).Text("org", org).Text("parent", parentId);
}
