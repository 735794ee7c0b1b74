using AgentOrchestrator.Coordinator.Rooms;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Server.Rooms;

/// <summary>How one client of a room speaks: plain text, or JSON. Frames that its tongue has no word for are null.</summary>
interface IRoomTongue
{
    /// <exception cref="ProductException">Malformed or Invalid for what makes no sense.</exception>
    RoomRequest? Read(ReadOnlySpan<byte> frame);

    ReadOnlyMemory<byte>? Welcome(Room room, string defaultAgent);

    ReadOnlyMemory<byte>? Say(RoomFrame frame);

    ReadOnlyMemory<byte>? Refuse(ProductException error);
}
