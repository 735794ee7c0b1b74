using System.Globalization;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Live;
using AgentOrchestrator.Coordinator.Rooms;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Rooms;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Http;
using AgentOrchestrator.Server.Live;
using AgentOrchestrator.Server.Metrics;

namespace AgentOrchestrator.Server.Rooms;

/// <summary>Rooms, where people and agents talk.</summary>
static class RoomEndpoints
{
    public static void MapRooms(this IEndpointRouteBuilder app)
    {
        app.MapGet("/ws/{session_id}", Enter).Require(Role.Viewer)
            .WithSummary("WebSocket: a room; plain text, or with sub-protocol agent-orchestrator.v1 JSON frames.");
        var chat = app.MapGroup("/chat/{session_id}").RefusesWithOk();
        chat.MapPost("/messages", Say).Takes<SayInRoom>().Require(Role.Operator).WithSummary("Says something in a room, which is made if there is none.");
        chat.MapGet("/history", ShowHistory).Require(Role.Viewer).WithSummary("What was said to each agent of a room since it was last cleared, and what it said.");
        chat.MapPost("/clear", Clear).Require(Role.Operator).WithSummary("Has the agents of a room begin anew; its log stays.");
    }

    static async Task Enter(
        HttpContext http, RoomDoor door, IRoomStore rooms, IRunStore runs, SessionFeed feed, CoordinatorOptions options,
        TimeProvider clock, TokenWatch watch, ServerMeter meter)
    {
        var caller = Principal.Of(http);
        if (!http.WebSockets.IsWebSocketRequest)
        {
            throw new ProductException(ErrorCode.NotPossible, "this is a WebSocket; connect with ws:// or use POST /chat/{session_id}/messages");
        }

        var after = ReadAfter(http.Request);
        var name = ReadSender(http.Request);
        var (room, isNew) = await door.EnterAsync(caller, (string)http.Request.RouteValues["session_id"]!, http.RequestAborted);
        if (after > room.Session.LastSeq)
        {
            throw new ProductException(ErrorCode.Conflict, $"the log ends at {room.Session.LastSeq}; follow from there or below", "cursor_ahead");
        }

        var isOurs = http.WebSockets.WebSocketRequestedProtocols.Contains(TopicSocket.SubProtocol);
        var isJson = isOurs || http.Request.Query["format"] == "json";
        using var life = watch.Begin(http);
        using var accepted = await http.WebSockets.AcceptWebSocketAsync(isOurs ? TopicSocket.SubProtocol : null);
        using var socket = new LiveSocket(accepted, options.FeedSendTimeout);
        using var counted = meter.FeedOpened("room");
        var via = Ids.New("con_", 12);
        IRoomTongue tongue = isJson ? new JsonTongue(via) : new PlainTongue(door.DefaultAgent, via);
        await new RoomSocket(socket, tongue, caller, room, name, via, door, rooms, runs, feed, clock).RunAsync(life, after ?? (isNew ? 0 : null));
    }

    static async Task<Answer<RoomSaid>> Say(HttpRequest request, string session_id, Principal caller, RoomDoor door, CancellationToken cancel)
    {
        var asked = await request.ReadAsync(ProtocolJson.Default.SayInRoom, cancel);
        var said = new Saying(asked.Text, asked.Name, asked.ClientMsgId, Via: null);
        door.Require(said);
        var (room, _) = await door.EnterAsync(caller, session_id, cancel);
        var seq = await door.SayAsync(caller, room, said, cancel);
        return Answer.Of(new RoomSaid(true, room.Session.SessionId, seq), ProtocolJson.Default.RoomSaid);
    }

    static async Task<Answer<RoomHistory>> ShowHistory(string session_id, Principal caller, RoomDoor door, RoomMemory memory, CancellationToken cancel) =>
        Answer.Of(await memory.ReadAsync(await door.RequireAsync(caller, session_id, cancel), cancel), ProtocolJson.Default.RoomHistory);

    static async Task<Answer<RoomSaid>> Clear(string session_id, Principal caller, RoomDoor door, CancellationToken cancel)
    {
        var room = await door.RequireAsync(caller, session_id, cancel);
        return Answer.Of(new RoomSaid(true, room.Session.SessionId, await door.ClearAsync(caller, room, cancel)), ProtocolJson.Default.RoomSaid);
    }

    static long? ReadAfter(HttpRequest request) => request.Query["after"].ToString() switch
    {
        "" => null,
        var text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var after) => after,
        _ => throw new ProductException(ErrorCode.Malformed, "after must be a sequence, 0 or more"),
    };

    static string? ReadSender(HttpRequest request) => request.Query["name"].ToString() switch
    {
        "" => null,
        { Length: <= 60 } name when !name.Any(char.IsControl) => name,
        _ => throw new ProductException(ErrorCode.Malformed, "name must be at most 60 characters on one line"),
    };
}
