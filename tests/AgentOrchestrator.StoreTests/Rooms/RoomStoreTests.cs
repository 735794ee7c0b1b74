using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Rooms;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Rooms;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.StoreTests.Runs;

namespace AgentOrchestrator.StoreTests.Rooms;

public abstract class RoomStoreTests(StoreFixture fixture) : RunTest(fixture)
{
    [Fact]
    public async Task A_room_is_made_once_and_greets_once_and_is_there_after_a_restart()
    {
        var opened = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Rooms.OpenAsync(Org, "Lobby", [Said("hello")], Cancel)));

        Assert.Single(opened, one => one.IsNew);
        Assert.Single(opened.Select(one => one.Room.Session.SessionId).Distinct());
        await Fixture.RestartAsync();
        var room = await Rooms.FindAsync(Org, "lobby", Cancel);
        Assert.Equal((1, 0, 0, null, Room.Kind, SessionStatus.Idle), (room!.Session.LastSeq, room.RoutedSeq, room.Epoch, room.LockedAgent, room.Session.Kind, room.Session.Status));
        Assert.Null(await Rooms.FindAsync("other", "lobby", Cancel));
    }

    [Fact]
    public async Task A_session_with_one_agent_is_no_room()
    {
        await Sessions.CreateAsync(new NewSession { Org = Org, SessionId = "ses_1", Name = "plain" }, null, Cancel);

        Assert.Equal("not_a_room", (await RefusedAsync(ErrorCode.Conflict, () => Rooms.OpenAsync(Org, "plain", [], Cancel))).Reason);
        Assert.Null(await Rooms.FindAsync(Org, "plain", Cancel));
        Assert.Null(await Rooms.ChangeAsync(Org, "ses_1", new RoomChange(RoomEvents.Cleared("me", Time.GetUtcNow())) { Clears = true }, Cancel));
    }

    [Fact]
    public async Task Of_many_that_move_a_room_on_one_does_and_its_routes_and_entries_stand_with_it()
    {
        var room = await OpenAsync();
        await SayAsync(room, "one");
        Assert.Equal([(Org, room)], await Rooms.ListWaitingAsync(10, Cancel));

        var moved = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Rooms.StepAsync(
            new RoomStep(Org, room, 0, 1, [Route(room, $"run_{i}", seq: 1, agent: "bob")], [RoomEvents.Notice("n", new RoomNoticeData { Text = $"{i}" }, Time.GetUtcNow())]), Cancel)));

        Assert.Single(moved, one => one);
        Assert.Single(await Rooms.ListRoutesAsync(Org, room, 1, Cancel));
        Assert.Equal([EventTypes.RoomMessage, EventTypes.RoomNotice], await LogTypesAsync("room"));
        Assert.True(await Rooms.StepAsync(new RoomStep(Org, room, 1, 2, [], []), Cancel));
        Assert.Empty(await Rooms.ListWaitingAsync(10, Cancel));
        Assert.False(await Rooms.StepAsync(new RoomStep(Org, "ses_none", 0, 1, [], []), Cancel));
    }

    [Fact]
    public async Task The_end_of_a_childs_run_is_an_entry_of_the_room_and_resumes_nothing()
    {
        await RegisterAsync();
        var room = await OpenAsync();
        var child = await ChildOfRoomAsync(room, "bob");
        await Rooms.StepAsync(new RoomStep(Org, room, 0, 0, [Route(room, child.RunId, seq: 1, agent: "bob")], []), Cancel);
        Assert.Equal(RunStatus.Running, Assert.Single(await Rooms.ListDeliveriesAsync(Org, room, 0, isOpen: true, 10, Cancel)).Status);

        await EndAsync(child, Completed with { ResultText = "an answer" });

        var entry = Assert.Single(await LogAsync("room"));
        Assert.Equal((EventTypes.RoomMessage, "agent:bob", child.RunId), (entry.Type, entry.Actor, entry.RunId));
        Assert.Equal("an answer", RoomEvents.TextOf(entry.ReadFields()));
        Assert.Equal((child.RunId, child.SessionId), (RoomEvents.ReadMessage(entry.ReadFields()).RouteRunId, RoomEvents.ReadMessage(entry.ReadFields()).ChildSessionId));
        Assert.Empty(await RunsOfAsync("room"));
        Assert.Empty(await Rooms.ListDeliveriesAsync(Org, room, 0, isOpen: true, 10, Cancel));
        Assert.Equal(RunStatus.Completed, Assert.Single(await Rooms.ListDeliveriesAsync(Org, room, 0, isOpen: false, 10, Cancel)).Status);
        Assert.Equal(SessionStatus.Idle, await StatusAsync("room"));
    }

    [Theory]
    [InlineData(RunStatus.Failed)]
    [InlineData(RunStatus.Stopped)]
    public async Task A_run_that_does_not_end_well_is_told_in_the_room(RunStatus end)
    {
        await RegisterAsync();
        var room = await OpenAsync();
        var child = await ChildOfRoomAsync(room, "bob");

        await EndAsync(child, new RunEnd(end, Error: "no model"));

        var entry = Assert.Single(await LogAsync("room"));
        Assert.Equal(EventTypes.RoomNotice, entry.Type);
        Assert.Equal(end is RunStatus.Failed ? "bob failed: no model" : "bob was stopped.", RoomEvents.ReadNotice(entry.ReadFields()).Text);
    }

    [Fact]
    public async Task A_lock_and_a_clearing_are_kept_with_the_entries_that_tell_of_them()
    {
        var room = await OpenAsync();
        var now = Time.GetUtcNow();

        Assert.Equal(1, await Rooms.ChangeAsync(Org, room, new RoomChange(RoomEvents.Locked("bob", "me", now)) { SetsLock = true, LockedAgent = "bob" }, Cancel));
        Assert.Equal(2, await Rooms.ChangeAsync(Org, room, new RoomChange(RoomEvents.Cleared("me", now)) { Clears = true }, Cancel));

        var found = await Rooms.FindAsync(Org, room, Cancel);
        Assert.Equal(("bob", 1), (found!.LockedAgent, found.Epoch));
        await Rooms.ChangeAsync(Org, room, new RoomChange(RoomEvents.Locked(null, "me", now)) { SetsLock = true }, Cancel);
        Assert.Null((await Rooms.FindAsync(Org, room, Cancel))!.LockedAgent);
    }

    [Fact]
    public async Task A_deleted_room_leaves_nothing_behind()
    {
        var room = await OpenAsync();
        await SayAsync(room, "one");
        await Rooms.StepAsync(new RoomStep(Org, room, 0, 1, [Route(room, "run_x", 1, "bob")], []), Cancel);

        await Sessions.DeleteAsync(Org, room, Cancel);

        Assert.Null(await Rooms.FindAsync(Org, room, Cancel));
        Assert.Null(await Rooms.FindRouteAsync(Org, "run_x", Cancel));
        Assert.Empty(await Rooms.ListWaitingAsync(10, Cancel));
        Assert.True((await Rooms.OpenAsync(Org, "room", [], Cancel)).IsNew);
    }

    async Task<string> OpenAsync() => (await Rooms.OpenAsync(Org, "room", [], Cancel)).Room.Session.SessionId;

    Task<Outcome<Appended>> SayAsync(string room, string text) => Sessions.AppendAsync(Org, room, [Said(text)], null, null, Cancel);

    async Task<Run> ChildOfRoomAsync(string room, string agent)
    {
        var start = StartChild("child-" + agent, room);
        await EnqueueAsync(start with { AgentName = agent, Session = start.Session! with { AgentName = agent } });
        return await TakeAsync();
    }

    NewEvent Said(string text) => RoomEvents.Said(text, new RoomMessageData { Sender = "ann" }, "owner:local", Time.GetUtcNow());

    static RoomRoute Route(string room, string run, long seq, string agent) =>
        new() { Org = Org, RoomId = room, RunId = run, Seq = seq, RootSeq = seq, Hop = 1, Agent = agent };
}

public sealed class SqliteRoomStoreTests() : RoomStoreTests(new SqliteFixture());

public sealed class PostgresRoomStoreTests() : RoomStoreTests(new PostgresFixture());
