using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Postgres.Runs;
using AgentOrchestrator.Protocol.Runs;
using SessionStatus = AgentOrchestrator.Protocol.Sessions.SessionStatus;

namespace AgentOrchestrator.Postgres.Sessions;

/// <summary>Takes a session out of the database, with all that is its own.</summary>
sealed class SessionDeletion(CoordinatorOptions options)
{
    public async Task<DeletedSession?> DeleteAsync(Tx tx, string org, string idOrName)
    {
        var found = await tx.FirstAsync(SessionRows.Find(org, idOrName), SessionRows.Read).ConfigureAwait(false);
        if (found is null
            || await LockedFamily.TakeAsync(tx, org, found.SessionId, wholeTree: false, withChildren: true).ConfigureAwait(false) is not { } family)
        {
            return null;
        }

        await EndQueuedAsync(tx, family).ConfigureAwait(false);
        await StopBelowAsync(tx, family).ConfigureAwait(false);
        await DropCallbacksAsync(tx, family).ConfigureAwait(false);
        await LeaveChildrenAsync(tx, family.Session).ConfigureAwait(false);
        return await RemoveAsync(tx, family.Session).ConfigureAwait(false);
    }

    async Task EndQueuedAsync(Tx tx, LockedFamily family)
    {
        var open = family.OpenOf(family.Session.SessionId).ToList();
        if (open.Exists(locked => RunMoves.IsLive(locked.Run.Status)))
        {
            throw RunErrors.LiveRun();
        }

        foreach (var locked in open)
        {
            await RunEnds.EndAsync(
                tx, options, locked, new RunEnd(RunStatus.Stopped, "stopped"), RunEvents.Coordinator, digest: null)
                .ConfigureAwait(false);
        }
    }

    async Task StopBelowAsync(Tx tx, LockedFamily family)
    {
        if (family.Below.Count > 0)
        {
            // So that no end of a child resumes what is about to go.
            await EventLog.SettleAsync(tx, family.Session, [], SessionStatus.Stopped).ConfigureAwait(false);
            await RunStops.StopBelowAsync(tx, options, family, RunEvents.Coordinator).ConfigureAwait(false);
        }
    }

    static async Task DropCallbacksAsync(Tx tx, LockedFamily family)
    {
        var dropped = await tx.AllAsync(
            Of(
                """
                DELETE FROM callbacks WHERE org = @org AND parent_session_id = @session AND delivered_run_id IS NULL
                RETURNING child_session_id, child_run_id
                """,
                family.Session),
            row => (SessionId: row.GetString(0), RunId: row.GetString(1))).ConfigureAwait(false);
        foreach (var child in dropped)
        {
            // Does nothing where the child is gone too.
            await EventLog.AppendAsync(
                tx, family.Session.Org, child.SessionId, [RunEvents.CallbackDropped(child.RunId, family.Session.SessionId, tx.Now)])
                .ConfigureAwait(false);
        }
    }

    static async Task LeaveChildrenAsync(Tx tx, Session session)
    {
        var orphans = await tx.AllAsync(
            Of(
                $"""
                UPDATE sessions s SET parent_session_id = NULL, changed_at = @now
                WHERE s.org = @org AND s.parent_session_id = @session RETURNING {SessionRows.Columns}
                """,
                session).Time("now", tx.Now),
            SessionRows.Read).ConfigureAwait(false);
        foreach (var orphan in orphans)
        {
            tx.Changed(new SessionUpdated(SessionRows.Held(tx, orphan)!));
        }
    }

    static async Task<DeletedSession> RemoveAsync(Tx tx, Session session)
    {
        var runs = await tx.ExecuteAsync(Of("DELETE FROM runs WHERE org = @org AND session_id = @session", session)).ConfigureAwait(false);
        var events = await tx.ExecuteAsync(Of("DELETE FROM events WHERE org = @org AND session_id = @session", session)).ConfigureAwait(false);
        await tx.ExecuteAsync(
            Of("DELETE FROM blobs WHERE org = @org AND session_id = @session", session),
            Of("DELETE FROM memories WHERE org = @org AND session_id = @session", session),
            Of("DELETE FROM room_routes WHERE org = @org AND room_id = @session", session),
            Of("DELETE FROM rooms WHERE org = @org AND room_id = @session", session),
            Of("DELETE FROM sessions WHERE org = @org AND session_id = @session", session)).ConfigureAwait(false);
        tx.Changed(new SessionDeleted(session.Org, session.SessionId));
        return new DeletedSession(session.SessionId, session.Name, events, runs);
    }

    static Statement Of(string sql, Session session) => new Statement(sql).Text("org", session.Org).Text("session", session.SessionId);
}
