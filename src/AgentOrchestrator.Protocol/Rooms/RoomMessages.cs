namespace AgentOrchestrator.Protocol.Rooms;

/// <summary><c>POST /chat/{room}/messages</c>.</summary>
public sealed record SayInRoom
{
    public string? Text { get; init; }

    /// <summary>What the speaker is called in the room; the principal's id when missing.</summary>
    public string? Name { get; init; }

    /// <summary>A repeat with the same one says nothing twice.</summary>
    public string? ClientMsgId { get; init; }
}

/// <param name="Seq">Of the entry in the room's log.</param>
public sealed record RoomSaid(bool Ok, string SessionId, long Seq);

/// <summary><c>GET /chat/{room}/history</c>.</summary>
/// <param name="Agents">By agent, what it was told and what it said, in order.</param>
public sealed record RoomHistory(string SessionId, int MessageCount, IReadOnlyDictionary<string, IReadOnlyList<RoomTurn>> Agents);

/// <param name="Role"><c>user</c> or <c>assistant</c>.</param>
public sealed record RoomTurn(string Role, string Content);
