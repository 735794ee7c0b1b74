using System.Text.Json.Serialization;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Server.Live;

/// <summary>The first frame of <c>/ws</c>: at most 1,000 sessions; <c>truncated</c> says that there are more.</summary>
sealed record InitFrame(string Type, IReadOnlyList<SessionView> Sessions, bool Truncated);

sealed record SessionFrame(string Type, SessionView Session);

sealed record SessionDeletedFrame(string Type, string SessionId);

sealed record EventFrame(string Type, EventView Data);

sealed record RunFailedFrame(string Type, string RunId, string? Error, string SessionId);

/// <summary>A frame of our own sub-protocol; only the members of its type are set.</summary>
sealed record TopicFrame
{
    public required string Type { get; init; }
    public string? Topic { get; init; }
    public EventView? Event { get; init; }
    public SessionView? Session { get; init; }
    public string? SessionId { get; init; }
    public string? RunId { get; init; }
    public IReadOnlyList<TextDelta>? Deltas { get; init; }
    public long? From { get; init; }
    public long? To { get; init; }
    public long? After { get; init; }
    public Problem? Problem { get; init; }
}

/// <summary>What a client of our sub-protocol sends: <c>subscribe</c> (topic, after) and <c>unsubscribe</c> (topic).</summary>
sealed record TopicRequest
{
    public string? Type { get; init; }

    /// <summary><c>sessions</c>, or <c>session:</c> and an id or name.</summary>
    public string? Topic { get; init; }

    /// <summary>The last sequence that the client has; 0 for the whole log, missing for only what comes.</summary>
    public long? After { get; init; }
}

sealed record SessionIdData(string SessionId);

sealed record SessionsData(IReadOnlyList<SessionView> Sessions);

sealed record SessionData(SessionView Session);

sealed record EventData(EventView Data);

sealed record RunFailedData(string RunId, string? Error, string SessionId);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    AllowDuplicateProperties = false,
    MaxDepth = ProtocolJson.MaxDepth,
    Converters = [typeof(WireTime)])]
[JsonSerializable(typeof(InitFrame))]
[JsonSerializable(typeof(SessionFrame))]
[JsonSerializable(typeof(SessionDeletedFrame))]
[JsonSerializable(typeof(EventFrame))]
[JsonSerializable(typeof(RunFailedFrame))]
[JsonSerializable(typeof(TopicRequest))]
[JsonSerializable(typeof(SessionIdData))]
[JsonSerializable(typeof(SessionsData))]
[JsonSerializable(typeof(SessionData))]
[JsonSerializable(typeof(EventData))]
[JsonSerializable(typeof(RunFailedData))]
sealed partial class LiveJson : JsonSerializerContext;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(WireTime)])]
[JsonSerializable(typeof(TopicFrame))]
sealed partial class TopicJson : JsonSerializerContext;
