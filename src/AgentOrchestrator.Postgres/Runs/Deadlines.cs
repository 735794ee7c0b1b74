using AgentOrchestrator.Coordinator.Runs;

namespace AgentOrchestrator.Postgres.Runs;

/// <summary>Queue time-outs and time-outs of runs, as instants.</summary>
static class Deadlines
{
    // Any number, the same in every process: nodes that see a jump at once deal with it one after the other.
    const long JumpLock = 7_265_114_094;

    /// <summary>Moves those that were set before the clock jumped, unless another node has done so; what waits for its day waits for it.</summary>
    public static async Task<bool> TryFollowAsync(Tx tx, ClockJump jump)
    {
        await tx.ExecuteAsync(new Statement("SELECT pg_advisory_xact_lock(@lock)").Number("lock", JumpLock)).ConfigureAwait(false);
        // What is noted for later than now is of a clock that has been put back since.
        var isNew = await tx.FirstAsync(
            new Statement("""
                WITH old AS (DELETE FROM clock_jumps WHERE at > @now OR at < @now - interval '1 day')
                INSERT INTO clock_jumps (at, moved_by)
                SELECT @now, @by WHERE NOT EXISTS (SELECT 1 FROM clock_jumps WHERE at BETWEEN @since AND @now)
                ON CONFLICT DO NOTHING
                RETURNING true
                """)
                .Time("now", tx.Now).Time("since", jump.Since).Span("by", jump.By),
            row => row.GetBoolean(0)).ConfigureAwait(false);
        if (isNew)
        {
            await MoveAsync(tx, jump).ConfigureAwait(false);
        }

        return isNew;
    }

    static Task<int> MoveAsync(Tx tx, ClockJump jump) => tx.ExecuteAsync(
        new Statement("""
            WITH moved AS MATERIALIZED (
                SELECT r.org, r.run_id FROM runs r
                WHERE r.completed_at IS NULL AND (r.runner_id IS NOT NULL OR r.rank IS NOT NULL)
                    AND COALESCE(r.started_at, r.created_at) NOT BETWEEN @since AND @now
                ORDER BY r.run_id FOR NO KEY UPDATE
            )
            UPDATE runs r SET
                timeout_at = r.timeout_at + @by, deadline_at = r.deadline_at + @by, expires_at = r.expires_at + @by, due_at = r.due_at + @by
            FROM moved WHERE r.org = moved.org AND r.run_id = moved.run_id
            """)
            .Time("now", tx.Now).Time("since", jump.Since).Span("by", jump.By));
}
