namespace AgentOrchestrator.Protocol.Rooms;

/// <summary>The <c>data</c> of <c>room_message</c>: who says it, as the server knows.</summary>
public sealed record RoomMessageData
{
    /// <summary>An agent's name, or what a person calls themselves.</summary>
    public required string Sender { get; init; }

    /// <summary>The agent that says it; null for a person.</summary>
    public string? Agent { get; init; }
    public string? ClientMsgId { get; init; }

    /// <summary>The connection that it came over.</summary>
    public string? Via { get; init; }

    /// <summary>Where the agent said it.</summary>
    public string? ChildSessionId { get; init; }

    /// <summary>The run whose message this answers: the first attempt, where there were several.</summary>
    public string? RouteRunId { get; init; }
}

/// <summary>The <c>data</c> of <c>room_routed</c>: where a message has gone.</summary>
public sealed record RoomRoutedData
{
    /// <summary>The message's own sequence.</summary>
    public required long Seq { get; init; }
    public required long RootSeq { get; init; }
    public required int Hop { get; init; }

    /// <summary><c>default</c>, <c>locked</c>, <c>delegate</c>, <c>broadcast</c>, <c>agent</c>.</summary>
    public required string Mode { get; init; }
    public required IReadOnlyList<RoomTarget> Targets { get; init; }
    public required IReadOnlyList<RoomSkip> Skipped { get; init; }
}

public sealed record RoomTarget(string Agent, string RunId);

/// <param name="Reason"><c>unknown</c>, <c>stopped</c>, <c>failed</c>, <c>hop_limit</c>, <c>fanout_limit</c>, <c>message_limit</c>, <c>cycle</c>, or why its run was refused.</param>
public sealed record RoomSkip(string Agent, string Reason);

/// <summary>The <c>data</c> of <c>room_notice</c>, <c>room_locked</c> and <c>room_cleared</c>.</summary>
public sealed record RoomNoticeData
{
    public string? Text { get; init; }
    public string? Agent { get; init; }
    public string? RunId { get; init; }

    /// <summary>The message that it is about.</summary>
    public long? Seq { get; init; }
}
