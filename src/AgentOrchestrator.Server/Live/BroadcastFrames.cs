using System.Runtime.CompilerServices;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Server.Http;
using AgentOrchestrator.Server.Runs;
using AgentOrchestrator.Server.Sessions;

namespace AgentOrchestrator.Server.Live;

/// <summary>The seeds' broadcast frames of a change, rendered once for all readers.</summary>
static class BroadcastFrames
{
    static readonly ConditionalWeakTable<Change, IReadOnlyList<ReadOnlyMemory<byte>>> s_rendered = [];

    public static IReadOnlyList<ReadOnlyMemory<byte>> Of(Change change) => s_rendered.GetValue(change, Render);

    /// <summary>A run that no runner came for is the one end that the older dashboards are told of.</summary>
    public static bool IsExpiry(RunChanged change) =>
        change.Run is { Status: RunStatus.Failed, Reason: "expired" };

    static IReadOnlyList<ReadOnlyMemory<byte>> Render(Change change) => change switch
    {
        SessionCreated created =>
            [JsonBytes.Of(new("session_created", created.Session.ToView()), LiveJson.Default.SessionFrame)],
        SessionUpdated updated =>
            [JsonBytes.Of(new("session_updated", updated.Session.ToView()), LiveJson.Default.SessionFrame)],
        SessionDeleted deleted =>
            [JsonBytes.Of(new("session_deleted", deleted.SessionId), LiveJson.Default.SessionDeletedFrame)],
        EventsAppended appended =>
            [.. appended.Entries.Select(e => JsonBytes.Of(
                new("event", e.ToView(appended.SessionId, appended.SessionName)), LiveJson.Default.EventFrame))],
        RunChanged run when IsExpiry(run) =>
            [JsonBytes.Of(
                new("run_failed", run.Run.RunId, run.Run.Error, run.Run.SessionId), LiveJson.Default.RunFailedFrame)],
        _ => [],
    };
}
