using System.Text.Json;
using AgentOrchestrator.Coordinator.Rooms;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Server.Http;

namespace AgentOrchestrator.Server.Rooms;

/// <summary>JSON frames: everything of the room, with sequences to resume from.</summary>
/// <param name="via">The connection.</param>
sealed class JsonTongue(string via) : IRoomTongue
{
    public RoomRequest? Read(ReadOnlySpan<byte> frame)
    {
        try
        {
            return JsonSerializer.Deserialize(frame, RoomJson.Default.RoomRequest) ?? throw Malformed();
        }
        catch (JsonException)
        {
            throw Malformed();
        }
    }

    public ReadOnlyMemory<byte>? Welcome(Room room, string defaultAgent) => Bytes(new RoomFrame
    {
        Type = "welcome",
        SessionId = room.Session.SessionId,
        SessionName = room.Session.Name,
        LastSeq = room.Session.LastSeq,
        DefaultAgent = defaultAgent,
        LockedAgent = room.LockedAgent,
    });

    // Whose connection it came over is nobody's business, but whose it was they know by their own id of it.
    public ReadOnlyMemory<byte>? Say(RoomFrame frame) =>
        Bytes(frame is { Type: "message", Reason: { } from } ? frame with { Reason = null, ClientMsgId = from == via ? frame.ClientMsgId : null } : frame);

    public ReadOnlyMemory<byte>? Refuse(ProductException error)
    {
        var problem = Problems.Of(error);
        return Bytes(new RoomFrame
        {
            Type = "error",
            Code = problem.Code,
            Message = problem.Detail,
            Retryable = error.Code is ErrorCode.Unavailable or ErrorCode.Timeout or ErrorCode.StorageFull or ErrorCode.LimitExceeded,
        });
    }

    static ProductException Malformed() => new(ErrorCode.Malformed, "send one JSON object: {\"type\":\"message\",\"text\":\"hello\"}");

    static ReadOnlyMemory<byte>? Bytes(RoomFrame frame) => JsonBytes.Of(frame, RoomJson.Default.RoomFrame);
}
