using System.Text.Json;
using System.Text.Json.Nodes;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Rooms;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Coordinator.Rooms;

/// <summary>The entries of a room's log, the same on every database.</summary>
public static class RoomEvents
{
    public static NewEvent Said(string text, RoomMessageData data, string actor, DateTimeOffset now) =>
        Message(text, "user", data, actor, runId: null, now);

    /// <summary>What the default agent says to a new room, before anybody asked it.</summary>
    public static NewEvent Greeting(string agent, string text, DateTimeOffset now) =>
        Message(text, "assistant", new RoomMessageData { Sender = agent, Agent = agent }, RunEvents.Coordinator, runId: null, now);

    /// <summary>What the end of a child's run is in the room: the agent's message, or why there is none.</summary>
    public static NewEvent Answer(Run child, PendingCallback end, DateTimeOffset now)
    {
        var agent = child.AgentName ?? child.SessionName;
        return end is { HasFailed: false, Text: { Length: > 0 } text }
            ? Message(text, "assistant", DataOf(child, agent), ActorOf(agent), child.RunId, now)
            : Notice(
                WireEnum<RunStatus>.Text(child.Status),
                new RoomNoticeData { Agent = agent, RunId = child.RunId, Text = TextOf(child, agent) },
                now,
                child.RunId);
    }

    public static NewEvent Routed(RoomRoutedData routed, DateTimeOffset now) =>
        Entry(EventTypes.RoomRouted, null, JsonSerializer.SerializeToElement(routed, CompactJson.Default.RoomRoutedData), RunEvents.Coordinator, now);

    public static NewEvent Notice(string reason, RoomNoticeData data, DateTimeOffset now, string? runId = null) =>
        Entry(EventTypes.RoomNotice, reason, Json(data), RunEvents.Coordinator, now, runId);

    /// <param name="agent">Null: unlocked.</param>
    public static NewEvent Locked(string? agent, string actor, DateTimeOffset now) =>
        Entry(EventTypes.RoomLocked, agent is null ? "unlocked" : "locked", Json(new RoomNoticeData { Agent = agent }), actor, now);

    public static NewEvent Cleared(string actor, DateTimeOffset now) => Entry(EventTypes.RoomCleared, null, null, actor, now);

    public static RoomMessageData ReadMessage(EventFields message) => message.Data!.Value.Deserialize(CompactJson.Default.RoomMessageData)!;

    public static RoomRoutedData ReadRouted(EventFields routed) => routed.Data!.Value.Deserialize(CompactJson.Default.RoomRoutedData)!;

    public static RoomNoticeData ReadNotice(EventFields notice) => notice.Data!.Value.Deserialize(CompactJson.Default.RoomNoticeData)!;

    public static string TextOf(EventFields message) => message.Content is { ValueKind: JsonValueKind.Array } blocks && blocks.GetArrayLength() > 0
        ? blocks[0].GetProperty("text").GetString() ?? ""
        : "";

    /// <summary>Whose message it is, in a log: no token is called so.</summary>
    public static string ActorOf(string agent) => $"agent:{agent}";

    static RoomMessageData DataOf(Run child, string agent) => new()
    {
        Sender = agent,
        Agent = agent,
        ChildSessionId = child.SessionId,
        RouteRunId = child.RetryOf ?? child.RunId,
    };

    static string TextOf(Run child, string agent) => child.Status switch
    {
        RunStatus.Completed => $"{agent} had nothing to say.",
        RunStatus.Stopped => $"{agent} was stopped.",
        _ => $"{agent} failed: {child.Error ?? child.Reason}",
    };

    static NewEvent Message(string text, string role, RoomMessageData data, string actor, string? runId, DateTimeOffset now)
    {
        var fields = new EventFields
        {
            Role = role,
            Content = JsonSerializer.SerializeToElement(new JsonArray(new JsonObject { ["type"] = "text", ["text"] = text }), CompactJson.Default.JsonArray),
            Data = JsonSerializer.SerializeToElement(data, CompactJson.Default.RoomMessageData),
        };
        return NewEvent.Of(EventTypes.RoomMessage, fields, now, runId: runId, actor: actor);
    }

    static NewEvent Entry(string type, string? reason, JsonElement? data, string actor, DateTimeOffset now, string? runId = null) =>
        NewEvent.Of(type, new EventFields { Reason = reason, Data = data }, now, runId: runId, actor: actor);

    static JsonElement Json(RoomNoticeData data) => JsonSerializer.SerializeToElement(data, CompactJson.Default.RoomNoticeData);
}
