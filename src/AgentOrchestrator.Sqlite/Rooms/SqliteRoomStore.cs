using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Rooms;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Sqlite.Sessions;

namespace AgentOrchestrator.Sqlite.Rooms;

sealed class SqliteRoomStore(SqliteDatabase database, CoordinatorOptions options) : IRoomStore
{
    const string RouteColumns = "t.org, t.room_id, t.run_id, t.seq, t.root_seq, t.hop, t.sender, t.agent";

    public Task<(Room Room, bool IsNew)> OpenAsync(string org, string name, IReadOnlyList<NewEvent> first, CancellationToken cancel) =>
        database.WriteAsync(transaction => Open(transaction, org, name, first), cancel);

    public Task<Room?> FindAsync(string org, string idOrName, CancellationToken cancel) =>
        database.ReadAsync(db => SessionRows.Find(db, org, idOrName) is { } session ? Of(db, session) : null, cancel);

    public Task<IReadOnlyList<(string Org, string RoomId)>> ListWaitingAsync(int limit, CancellationToken cancel) =>
        database.ReadAsync(
            db => (IReadOnlyList<(string Org, string RoomId)>)db.Query("""
                SELECT r.org, r.room_id FROM rooms r JOIN sessions s ON s.org = r.org AND s.session_id = r.room_id
                WHERE s.last_seq > r.routed_seq LIMIT ?1
                """).Bind(limit).All(row => (row.Text(), row.Text())),
            cancel);

    public Task<bool> StepAsync(RoomStep step, CancellationToken cancel) =>
        database.WriteAsync(transaction => Step(transaction, step), cancel);

    public Task<long?> ChangeAsync(string org, string roomId, RoomChange change, CancellationToken cancel) =>
        database.WriteAsync(
            transaction =>
            {
                var changed = transaction.Db.Query("""
                    UPDATE rooms SET epoch = epoch + ?3, locked_agent = CASE WHEN ?4 THEN ?5 ELSE locked_agent END WHERE org = ?1 AND room_id = ?2
                    """).Bind(org).Bind(roomId).Bind(change.Clears ? 1 : 0).Bind(change.SetsLock).Bind(change.LockedAgent).Run();
                return changed == 0 ? null : Append(transaction, org, roomId, [change.Event])?.Entries[^1].Seq;
            },
            cancel);

    public Task<RoomRoute?> FindRouteAsync(string org, string runId, CancellationToken cancel) =>
        database.ReadAsync(
            db => db.Query($"SELECT {RouteColumns} FROM room_routes t WHERE t.org = ?1 AND t.run_id = ?2").Bind(org).Bind(runId).First(ReadRoute), cancel);

    public Task<IReadOnlyList<RoomRoute>> ListRoutesAsync(string org, string roomId, long rootSeq, CancellationToken cancel) =>
        database.ReadAsync(
            db => (IReadOnlyList<RoomRoute>)db.Query($"""
                SELECT {RouteColumns} FROM room_routes t WHERE t.org = ?1 AND t.room_id = ?2 AND t.root_seq = ?3 ORDER BY t.seq, t.run_id
                """).Bind(org).Bind(roomId).Bind(rootSeq).All(ReadRoute),
            cancel);

    public Task<IReadOnlyList<RoomDelivery>> ListDeliveriesAsync(
        string org, string roomId, long afterSeq, bool isOpen, int limit, CancellationToken cancel) =>
        database.ReadAsync(
            db => (IReadOnlyList<RoomDelivery>)db.Query($"""
                SELECT {RouteColumns}, r.status FROM room_routes t JOIN runs r ON r.org = t.org AND r.run_id = t.run_id
                WHERE t.org = ?1 AND t.room_id = ?2 AND t.seq > ?3 AND (?4 = 0 OR r.completed_at IS NULL)
                ORDER BY t.seq, t.run_id LIMIT ?5
                """).Bind(org).Bind(roomId).Bind(afterSeq).Bind(isOpen).Bind(limit)
                .All(row => new RoomDelivery(ReadRoute(row), row.Word<RunStatus>())),
            cancel);

    (Room Room, bool IsNew) Open(WriteTransaction transaction, string org, string name, IReadOnlyList<NewEvent> first)
    {
        if (SessionRows.Find(transaction.Db, org, name) is { } known)
        {
            return (Of(transaction.Db, known) ?? throw RoomErrors.NotARoom(name), false);
        }

        var session = SessionWrites.Insert(transaction, options, RoomErrors.NewRoom(org, name));
        transaction.Db.Query("INSERT INTO rooms (org, room_id) VALUES (?1, ?2)").Bind(org).Bind(session.SessionId).Run();
        if (first.Count > 0) { Append(transaction, org, session.SessionId, first); }

        return (Of(transaction.Db, SessionRows.Get(transaction.Db, org, session.SessionId))!, true);
    }

    static bool Step(WriteTransaction transaction, RoomStep step)
    {
        var moved = transaction.Db.Query("UPDATE rooms SET routed_seq = ?4 WHERE org = ?1 AND room_id = ?2 AND routed_seq = ?3")
            .Bind(step.Org).Bind(step.RoomId).Bind(step.From).Bind(step.To).Run();
        if (moved == 0) { return false; }

        foreach (var route in step.Routes)
        {
            transaction.Db.Query("""
                INSERT INTO room_routes (org, room_id, run_id, seq, root_seq, hop, sender, agent) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                """)
                .Bind(route.Org).Bind(route.RoomId).Bind(route.RunId).Bind(route.Seq).Bind(route.RootSeq).Bind(route.Hop)
                .Bind(route.Sender).Bind(route.Agent).Run();
        }

        if (step.Events.Count > 0) { Append(transaction, step.Org, step.RoomId, step.Events); }

        return true;
    }

    static EventsAppended? Append(WriteTransaction transaction, string org, string roomId, IReadOnlyList<NewEvent> events)
    {
        var appended = EventLog.Append(transaction, org, roomId, events);
        if (appended is not null) { transaction.Changed(appended); }

        return appended;
    }

    static Room? Of(Connection db, Session session) =>
        db.Query("SELECT routed_seq, epoch, locked_agent FROM rooms WHERE org = ?1 AND room_id = ?2").Bind(session.Org).Bind(session.SessionId)
            .First(row => new Room(session, row.Long(), row.Int(), row.TextOrNull()));

    static RoomRoute ReadRoute(Statement row) => new()
    {
        Org = row.Text(),
        RoomId = row.Text(),
        RunId = row.Text(),
        Seq = row.Long(),
        RootSeq = row.Long(),
        Hop = row.Int(),
        Sender = row.TextOrNull(),
        Agent = row.Text(),
    };
}
