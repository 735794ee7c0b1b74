using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Sqlite.Runs;
using SessionStatus = AgentOrchestrator.Protocol.Sessions.SessionStatus;

namespace AgentOrchestrator.Sqlite.Sessions;

/// <summary>Takes a session out of the database, with all that is its own.</summary>
static class SessionDeletion
{
    public static DeletedSession? Delete(WriteTransaction transaction, CoordinatorOptions options, string org, string idOrName)
    {
        if (SessionRows.Find(transaction.Db, org, idOrName) is not { } session)
        {
            return null;
        }

        EndQueued(transaction, options, session);
        StopBelow(transaction, options, session);
        DropCallbacks(transaction, session);
        LeaveChildren(transaction, session);
        var runs = Of(transaction.Db.Query($"DELETE FROM runs WHERE session_place = {LogHead.PlaceOf}"), session).Run();
        DropBlobs(transaction, session);
        var events = Of(transaction.Db.Query($"DELETE FROM events WHERE place = {LogHead.PlaceOf}"), session).Run();
        Of(transaction.Db.Query("DELETE FROM memories WHERE org = ?1 AND session_id = ?2"), session).Run();
        Of(transaction.Db.Query("DELETE FROM room_routes WHERE org = ?1 AND room_id = ?2"), session).Run();
        Of(transaction.Db.Query("DELETE FROM rooms WHERE org = ?1 AND room_id = ?2"), session).Run();
        Of(transaction.Db.Query("DELETE FROM sessions WHERE org = ?1 AND session_id = ?2"), session).Run();
        transaction.Changed(new SessionDeleted(org, session.SessionId));
        return new DeletedSession(session.SessionId, session.Name, events, runs);
    }

    // As a stop does, so that the parents of queued runs are called back.
    static void EndQueued(WriteTransaction transaction, CoordinatorOptions options, Session session)
    {
        var open = RunRows.Open(transaction.Db, session.Org, session.SessionId);
        if (open.Exists(run => RunMoves.IsLive(run.Status)))
        {
            throw RunErrors.LiveRun();
        }

        foreach (var run in open)
        {
            RunEnds.End(transaction, options, run, RunEnds.Stopped, RunEvents.Coordinator, digest: null);
        }
    }

    static void DropBlobs(WriteTransaction transaction, Session session)
    {
        foreach (var blob in Of(
            transaction.Db.Query($"SELECT blob FROM events WHERE place = {LogHead.PlaceOf} AND blob IS NOT NULL"), session)
            .All(row => row.Text()))
        {
            transaction.Dropped(blob);
        }
    }

    static void StopBelow(WriteTransaction transaction, CoordinatorOptions options, Session session)
    {
        var below = TreeRows.Below(transaction.Db, session.Org, session.SessionId, wholeTree: false);
        if (SessionTree.ToStop(below).Count > 0)
        {
            // So that no end of a child resumes what is about to go.
            SessionWrites.Settle(transaction, session.Org, session.SessionId, [], SessionStatus.Stopped);
            RunStops.StopBelow(transaction, options, session, below, RunEvents.Coordinator);
        }
    }

    static void DropCallbacks(WriteTransaction transaction, Session session)
    {
        var dropped = Of(
            transaction.Db.Query("""
                DELETE FROM callbacks WHERE org = ?1 AND parent_session_id = ?2 AND delivered_run_id IS NULL
                RETURNING child_session_id, child_run_id
                """),
            session).All(row => (SessionId: row.Text(), RunId: row.Text()));
        foreach (var child in dropped)
        {
            Callbacks.Drop(transaction, session.Org, child.SessionId, child.RunId, session.SessionId);
        }
    }

    static void LeaveChildren(WriteTransaction transaction, Session session)
    {
        var orphans = Of(
            transaction.Db.Query("""
                UPDATE sessions SET parent_session_id = NULL WHERE org = ?1 AND parent_session_id = ?2 RETURNING session_id
                """),
            session).All(row => row.Text());
        foreach (var orphan in orphans)
        {
            transaction.Changed(new SessionUpdated(SessionRows.Get(transaction.Db, session.Org, orphan)));
        }
    }

    static Statement Of(Statement statement, Session session) => statement.Bind(session.Org).Bind(session.SessionId);
}
