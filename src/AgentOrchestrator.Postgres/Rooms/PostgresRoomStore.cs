using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Rooms;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Postgres.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using Npgsql;

namespace AgentOrchestrator.Postgres.Rooms;

sealed class PostgresRoomStore(PostgresDatabase database, CoordinatorOptions options) : IRoomStore
{
    const string RouteColumns = "t.org, t.room_id, t.run_id, t.seq, t.root_seq, t.hop, t.sender, t.agent";

    public async Task<(Room Room, bool IsNew)> OpenAsync(string org, string name, IReadOnlyList<NewEvent> first, CancellationToken cancel)
    {
        try
        {
            return await database.WriteAsync(tx => OpenAsync(tx, org, name, first), cancel).ConfigureAwait(false);
        }
        catch (ProductException raced) when (raced.Code is ErrorCode.Conflict && raced.Reason is "session_exists")
        {
            // Somebody else made it between the look and the write.
            var room = await FindAsync(org, name, cancel).ConfigureAwait(false);
            return (room ?? throw RoomErrors.NotARoom(name), false);
        }
    }

    public Task<Room?> FindAsync(string org, string idOrName, CancellationToken cancel) => database.ReadAsync(
        async reads => await reads.FirstAsync(SessionRows.Find(org, idOrName), SessionRows.Read).ConfigureAwait(false) is { } session
            ? await OfAsync(reads, session).ConfigureAwait(false)
            : null,
        cancel);

    public async Task<IReadOnlyList<(string Org, string RoomId)>> ListWaitingAsync(int limit, CancellationToken cancel) => await database.ReadAsync(
        reads => reads.AllAsync(
            new Statement(
                """
                SELECT r.org, r.room_id FROM rooms r JOIN sessions s ON s.org = r.org AND s.session_id = r.room_id
                WHERE s.last_seq > r.routed_seq LIMIT @limit
                """).Number("limit", limit),
            reader =>
            {
                var row = new Row(reader);
                return (row.Text(), row.Text());
            }),
        cancel).ConfigureAwait(false);

    public Task<bool> StepAsync(RoomStep step, CancellationToken cancel) => database.WriteAsync(tx => StepAsync(tx, step), cancel);

    public Task<long?> ChangeAsync(string org, string roomId, RoomChange change, CancellationToken cancel) => database.WriteAsync(
        async tx =>
        {
            if (await SessionRows.LockAsync(tx, org, roomId).ConfigureAwait(false) is null) { return null; }

            var changed = await tx.ExecuteAsync(new Statement(
                """
                UPDATE rooms SET epoch = epoch + @clears, locked_agent = CASE WHEN @sets THEN @agent ELSE locked_agent END
                WHERE org = @org AND room_id = @room
                """)
                .Text("org", org).Text("room", roomId).Number("clears", change.Clears ? 1 : 0).Flag("sets", change.SetsLock)
                .Text("agent", change.LockedAgent)).ConfigureAwait(false);
            return changed == 0
                ? null
                : (await EventLog.AppendAsync(tx, org, roomId, [change.Event]).ConfigureAwait(false))?.Session.LastSeq;
        },
        cancel);

    public Task<RoomRoute?> FindRouteAsync(string org, string runId, CancellationToken cancel) => database.ReadAsync(
        reads => reads.FirstAsync(
            new Statement($"SELECT {RouteColumns} FROM room_routes t WHERE t.org = @org AND t.run_id = @run").Text("org", org).Text("run", runId), ReadRoute)!,
        cancel);

    public async Task<IReadOnlyList<RoomRoute>> ListRoutesAsync(string org, string roomId, long rootSeq, CancellationToken cancel) => await database.ReadAsync(
        reads => reads.AllAsync(
            new Statement($"SELECT {RouteColumns} FROM room_routes t WHERE t.org = @org AND t.room_id = @room AND t.root_seq = @root ORDER BY t.seq, t.run_id")
                .Text("org", org).Text("room", roomId).Number("root", rootSeq),
            ReadRoute),
        cancel).ConfigureAwait(false);

    public async Task<IReadOnlyList<RoomDelivery>> ListDeliveriesAsync(
        string org, string roomId, long afterSeq, bool isOpen, int limit, CancellationToken cancel) => await database.ReadAsync(
        reads => reads.AllAsync(
            new Statement(
                $"""
                SELECT {RouteColumns}, r.status FROM room_routes t JOIN runs r ON r.org = t.org AND r.run_id = t.run_id
                WHERE t.org = @org AND t.room_id = @room AND t.seq > @after AND (NOT @open OR r.completed_at IS NULL)
                ORDER BY t.seq, t.run_id LIMIT @limit
                """)
                .Text("org", org).Text("room", roomId).Number("after", afterSeq).Flag("open", isOpen).Number("limit", limit),
            reader =>
            {
                var row = new Row(reader);
                return new RoomDelivery(ReadRoute(ref row), WireEnum<RunStatus>.Parse(row.Text(), "status"));
            }),
        cancel).ConfigureAwait(false);

    async Task<(Room Room, bool IsNew)> OpenAsync(Tx tx, string org, string name, IReadOnlyList<NewEvent> first)
    {
        if (await tx.FirstAsync(SessionRows.Find(org, name), SessionRows.Read).ConfigureAwait(false) is { } known)
        {
            return (await OfAsync(tx, known).ConfigureAwait(false) ?? throw RoomErrors.NotARoom(name), false);
        }

        var session = await SessionWrites.InsertAsync(tx, options, RoomErrors.NewRoom(org, name)).ConfigureAwait(false);
        await tx.ExecuteAsync(new Statement("INSERT INTO rooms (org, room_id) VALUES (@org, @room)").Text("org", org).Text("room", session.SessionId))
            .ConfigureAwait(false);
        if (first.Count > 0)
        {
            session = (await EventLog.AppendAsync(tx, org, session.SessionId, first).ConfigureAwait(false))!.Session;
        }

        return ((await OfAsync(tx, session).ConfigureAwait(false))!, true);
    }

    static async Task<bool> StepAsync(Tx tx, RoomStep step)
    {
        // The log's row first, as every writer of a log does.
        if (await SessionRows.LockAsync(tx, step.Org, step.RoomId).ConfigureAwait(false) is null) { return false; }

        var moved = await tx.ExecuteAsync(new Statement(
            "UPDATE rooms SET routed_seq = @to WHERE org = @org AND room_id = @room AND routed_seq = @from")
            .Text("org", step.Org).Text("room", step.RoomId).Number("from", step.From).Number("to", step.To)).ConfigureAwait(false);
        if (moved == 0) { return false; }

        foreach (var route in step.Routes)
        {
            await tx.ExecuteAsync(new Statement(
                """
                INSERT INTO room_routes (org, room_id, run_id, seq, root_seq, hop, sender, agent)
                VALUES (@org, @room, @run, @seq, @root, @hop, @sender, @agent)
                """)
                .Text("org", route.Org).Text("room", route.RoomId).Text("run", route.RunId).Number("seq", route.Seq).Number("root", route.RootSeq)
                .Number("hop", route.Hop).Text("sender", route.Sender).Text("agent", route.Agent)).ConfigureAwait(false);
        }

        if (step.Events.Count > 0) { await EventLog.AppendAsync(tx, step.Org, step.RoomId, step.Events).ConfigureAwait(false); }

        return true;
    }

    static async Task<Room?> OfAsync(Tx tx, Session session) => await tx.FirstAsync(
        new Statement("SELECT routed_seq, epoch, locked_agent FROM rooms WHERE org = @org AND room_id = @room")
            .Text("org", session.Org).Text("room", session.SessionId),
        reader =>
        {
            var row = new Row(reader);
            return new Room(session, row.Number(), row.Int(), row.TextOrNull());
        }).ConfigureAwait(false);

    static RoomRoute ReadRoute(NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return ReadRoute(ref row);
    }

    static RoomRoute ReadRoute(ref Row row) => new()
    {
        Org = row.Text(),
        RoomId = row.Text(),
        RunId = row.Text(),
        Seq = row.Number(),
        RootSeq = row.Number(),
        Hop = row.Int(),
        Sender = row.TextOrNull(),
        Agent = row.Text(),
    };
}
