using System.Runtime.CompilerServices;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Server.Http;
using AgentOrchestrator.Server.Sessions;

namespace AgentOrchestrator.Server.Live;

/// <summary>An entry as JSON, rendered once for all its live readers.</summary>
static class EventRendering
{
    static readonly ConditionalWeakTable<LogEntry, Rendering> s_rendered = [];

    public static ReadOnlyMemory<byte> Of(LogEntry entry, string sessionId, string sessionName)
    {
        if (s_rendered.TryGetValue(entry, out var known) && known.SessionName == sessionName)
        {
            return known.Json;
        }

        var json = JsonBytes.Of(entry.ToView(sessionId, sessionName), ProtocolJson.Default.EventView);
        s_rendered.AddOrUpdate(entry, new Rendering(sessionName, json));
        return json;
    }

    sealed record Rendering(string SessionName, ReadOnlyMemory<byte> Json);
}
