using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Postgres.Sessions;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Postgres.Runs;

/// <summary>A run whose session, and where its end calls back its parent or lets it go on, are locked by the transaction.</summary>
/// <param name="EndDigest">Of the report that ended it; null when none did.</param>
/// <param name="NextOrdinal">Of its output.</param>
/// <param name="Parent">Null as well when the parent was deleted.</param>
sealed record LockedRun(Run Run, string? EndDigest, long NextOrdinal, Session Session, Session? Parent)
{
    /// <summary>The parent that is told of this run's end; null when nobody is.</summary>
    public string? CallsBack =>
        Run.ExecutionMode == Protocol.Sessions.ExecutionMode.AsyncCallback && Run.ParentSessionId != Run.SessionId ? Run.ParentSessionId : null;

    /// <exception cref="Protocol.ProductException">NotFound.</exception>
    public static async Task<LockedRun> TakeAsync(Tx tx, string org, string runId, bool withParent) =>
        await FindAsync(tx, org, runId, withParent).ConfigureAwait(false) ?? throw RunErrors.NotFound();

    /// <summary>Locks the session of a run, and with <paramref name="withParent"/> the session that its end would write to.</summary>
    public static async Task<LockedRun?> FindAsync(Tx tx, string org, string runId, bool withParent)
    {
        // What this reads of the run never changes, so that it may be read before the lock. As an array, which is read once: of a session that
        // had to be waited for, the database asks the condition again, and a join with these rows can then come out empty.
        var sessions = new Statement(
            $"""
            SELECT {SessionRows.Columns} FROM sessions s
            WHERE s.org = @org AND s.session_id = ANY (ARRAY(
                SELECT r.session_id FROM runs r WHERE r.org = @org AND r.run_id = @run
                UNION ALL
                SELECT r.parent_session_id FROM runs r
                WHERE r.org = @org AND r.run_id = @run AND @with_parent
                    AND (r.execution_mode = 'async_callback' OR r.holds_parent)))
            ORDER BY s.session_id FOR NO KEY UPDATE OF s
            """)
            .Text("org", org).Text("run", runId).Flag("with_parent", withParent);
        var run = new Statement($"SELECT {RunRows.Columns}, r.end_digest, r.next_ordinal FROM runs r WHERE r.org = @org AND r.run_id = @run")
            .Text("org", org).Text("run", runId);
        var (locked, found) = await tx.BothAsync(
            sessions,
            SessionRows.Read,
            run,
            reader =>
            {
                var row = new Row(reader);
                return (Run: RunRows.Read(ref row), Digest: row.TextOrNull(), NextOrdinal: row.Number());
            }).ConfigureAwait(false);
        if (found is not [var it])
        {
            return null;
        }

        locked.ForEach(session => SessionRows.Held(tx, session));
        return new LockedRun(
            it.Run,
            it.Digest,
            it.NextOrdinal,
            locked.Single(session => session.SessionId == it.Run.SessionId),
            locked.SingleOrDefault(session => session.SessionId != it.Run.SessionId));
    }

    /// <exception cref="Protocol.ProductException">Conflict <c>stale_lease</c>.</exception>
    public void RequireLease(LeaseRef lease)
    {
        if (!RunMoves.IsLive(Run.Status) || Run.LeaseUntil is null || !IsOf(lease))
        {
            throw RunErrors.StaleLease();
        }
    }

    /// <summary>Whether the run's latest lease is the one that the report speaks for.</summary>
    public bool IsOf(LeaseRef lease) => Run.RunnerId == lease.RunnerId && (lease.Fence is null || lease.Fence == Run.Fence);

    public bool HasEnded => RunMoves.IsTerminal(Run.Status);
}
