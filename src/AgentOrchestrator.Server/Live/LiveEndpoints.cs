using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Live;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Hosting;
using AgentOrchestrator.Server.Metrics;
using AgentOrchestrator.Server.Sessions;

namespace AgentOrchestrator.Server.Live;

/// <summary>The doors through which people watch: broadcast, snapshots and one session's log.</summary>
static class LiveEndpoints
{
    public static void MapLive(this IEndpointRouteBuilder app)
    {
        app.MapGet("/ws", Socket).Require(Role.Viewer, Role.Agent)
            .WithSummary("WebSocket: everything, live; with sub-protocol agent-orchestrator.v1, topics from a sequence.");
        app.MapGet("/sse/sessions", Sessions).Require(Role.Viewer)
            .WithSummary("Server-sent events: a snapshot of all sessions, then every change.");
        app.MapGet("/sessions/{id}/feed", Feed).Require(Role.Viewer, Role.Agent)
            .WithSummary("Server-sent events: one session's log from a sequence, then live.");
    }

    static async Task Socket(
        HttpContext http, ISessionStore sessions, SessionAccess access, SessionFeed feed, ChangeHub hub, CoordinatorOptions options,
        TimeProvider clock, TokenWatch watch, ServerMeter meter)
    {
        var principal = Principal.Of(http);
        if (!http.WebSockets.IsWebSocketRequest)
        {
            throw new ProductException(ErrorCode.NotPossible, "this is a WebSocket; connect with ws:// or use /sse/sessions");
        }

        var hasTopics = http.WebSockets.WebSocketRequestedProtocols.Contains(TopicSocket.SubProtocol);
        if (!hasTopics)
        {
            TopicFeeds.RequireWholeOrg(principal);
        }

        using var life = watch.Begin(http);
        using var accepted = await http.WebSockets.AcceptWebSocketAsync(hasTopics ? TopicSocket.SubProtocol : null);
        using var socket = new LiveSocket(accepted, options.FeedSendTimeout);
        using var counted = meter.FeedOpened(hasTopics ? "topics" : "broadcast");
        await (hasTopics
            ? new TopicSocket(socket, new TopicFeeds(feed, access, hub, options, principal), clock).RunAsync(life)
            : new BroadcastSocket(sessions, hub, options).RunAsync(socket, principal.Org, life));
    }

    static async Task Sessions(HttpContext http, SessionAccess access, SessionsStream stream, TokenWatch watch, ServerMeter meter)
    {
        var principal = Principal.Of(http);
        var query = http.Request.Query;
        Session? only = null;
        if (query["session_id"].ToString() is { Length: > 0 } id)
        {
            only = await access.RequireAsync(principal, id, http.RequestAborted);
        }

        var isInitWanted = query["include_init"].ToString() switch
        {
            "" or "true" or "True" or "1" => true,
            "false" or "False" or "0" => false,
            _ => throw new ProductException(ErrorCode.Malformed, "include_init must be true or false"),
        };
        using var life = watch.Begin(http);
        using var counted = meter.FeedOpened("sessions");
        await stream.WriteAsync(http, principal.Org, only, isInitWanted, life);
    }

    static async Task Feed(string id, HttpContext http, SessionAccess access, SessionFeedStream stream, TokenWatch watch, ServerMeter meter)
    {
        var principal = Principal.Of(http);
        var session = await access.RequireAsync(principal, id, http.RequestAborted);
        var after = SessionFeedStream.ReadCursor(http.Request);
        using var life = watch.Begin(http);
        using var counted = meter.FeedOpened("session");
        await stream.WriteAsync(http, session, after, life);
    }
}
