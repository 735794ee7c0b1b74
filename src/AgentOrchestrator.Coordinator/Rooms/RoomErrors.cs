using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Coordinator.Rooms;

/// <summary>What both databases say alike of rooms.</summary>
public static class RoomErrors
{
    public static NewSession NewRoom(string org, string name) => new()
    {
        Org = org,
        SessionId = Ids.NewSession(),
        Name = name,
        Kind = Room.Kind,
        ExecutionMode = ExecutionMode.AsyncPoll,
        Status = SessionStatus.Idle,
    };

    public static ProductException NotARoom(string name) =>
        new(ErrorCode.Conflict, $"'{name}' is a session with one agent and no room; choose another name", "not_a_room");

    public static ProductException NotFound() => new(ErrorCode.NotFound, "Room not found");
}
