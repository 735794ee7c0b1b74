using System.Text.Json.Serialization;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Rooms;

namespace AgentOrchestrator.Server.Rooms;

/// <summary>What a client sends as JSON; which members count, the type says.</summary>
sealed record RoomRequest
{
    /// <summary><c>message</c>, <c>resume</c>, <c>cancel</c>, <c>lock</c>, <c>unlock</c>, <c>clear</c>, <c>typing</c>, <c>ping</c>.</summary>
    public string? Type { get; init; }
    public string? Text { get; init; }

    /// <summary>The same as <see cref="Text"/>, for older clients.</summary>
    public string? Message { get; init; }
    public string? ClientMsgId { get; init; }
    public long? AfterSeq { get; init; }
    public string? RunId { get; init; }
    public string? Agent { get; init; }
}

/// <summary>What a client is told as JSON; only the members of its type are set.</summary>
sealed record RoomFrame
{
    public int V { get; } = 1;
    public required string Type { get; init; }
    public string? SessionId { get; init; }
    public string? SessionName { get; init; }
    public long? Seq { get; init; }
    public string? Ts { get; init; }
    public long? LastSeq { get; init; }
    public string? DefaultAgent { get; init; }
    public string? LockedAgent { get; init; }
    public string? ClientMsgId { get; init; }

    /// <summary>Who says it, as they call themselves.</summary>
    public string? Sender { get; init; }

    /// <summary>Who says it, as the server knows.</summary>
    public string? Actor { get; init; }
    public string? Agent { get; init; }
    public string? RunId { get; init; }
    public string? Text { get; init; }
    public string? Status { get; init; }
    public bool? Final { get; init; }
    public string? Reason { get; init; }
    public RoomRoutedData? Routing { get; init; }
    public string? Code { get; init; }
    public string? Message { get; init; }
    public bool? Retryable { get; init; }
    public long? From { get; init; }
    public long? To { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowDuplicateProperties = false,
    MaxDepth = ProtocolJson.MaxDepth,
    Converters = [typeof(WireTime)])]
[JsonSerializable(typeof(RoomRequest))]
[JsonSerializable(typeof(RoomFrame))]
sealed partial class RoomJson : JsonSerializerContext;
