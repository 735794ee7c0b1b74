using System.Text.Json.Serialization.Metadata;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Audit;
using AgentOrchestrator.Server.Hosting;
using AgentOrchestrator.Server.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using Role = AgentOrchestrator.Protocol.Access.Role;

namespace AgentOrchestrator.Server.Mcp;

/// <summary>The Model Context Protocol over streamable HTTP: with sessions up to 2025-11-25, a request at a time from 2026-07-28 on.</summary>
/// <remarks>A <c>GET</c> is refused with 405, as the protocol allows: the server says nothing that was not asked for.</remarks>
static class McpEndpoints
{
    const string SessionHeader = "Mcp-Session-Id";
    const string VersionHeader = "MCP-Protocol-Version";

    static readonly string[] s_withSessions = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];
    static readonly string[] s_withoutSessions = ["2026-07-28"];

    static readonly JsonTypeInfo<JsonRpcMessage> s_message =
        (JsonTypeInfo<JsonRpcMessage>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcMessage));

    public static void MapMcp(this IEndpointRouteBuilder app)
    {
        // What the tools do is audited where they do it.
        app.MapPost("/mcp", Post).Require(Role.Viewer, Role.Agent).WithoutAudit()
            .WithSummary("Model Context Protocol: a JSON-RPC message; answers as server-sent events. See docs/mcp.md.");
        app.MapDelete("/mcp", Delete).Require(Role.Viewer, Role.Agent).WithoutAudit().AnswersNothing()
            .WithSummary("Ends the MCP session that Mcp-Session-Id names.");
    }

    static async Task Post(HttpContext http, McpSessions sessions, OpenMcp open, Drain drain, ILoggerFactory logs)
    {
        var version = VersionOf(http.Request);
        RequireAccept(http.Request);
        var message = await http.Request.ReadAsync(s_message, http.RequestAborted);
        if (version is not null)
        {
            message.Context = new JsonRpcMessageContext { ProtocolVersion = version };
        }

        if (s_withoutSessions.Contains(version))
        {
            await using var single = McpHttpSession.ForOne(http, open, logs);
            await using var drained = drain.Started.Register(single.Leave);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, drain.Started);
            await AnswerAsync(http, single, message, end.Token);
            return;
        }

        var session = await FindAsync(http, sessions, message);
        try
        {
            await AnswerAsync(http, session, message, http.RequestAborted);
        }
        finally
        {
            sessions.Release(session);
        }
    }

    static async Task<IResult> Delete(HttpContext http, McpSessions sessions)
    {
        await sessions.EndAsync(SessionIdOf(http.Request) ?? throw SessionNeeded(), Principal.Of(http));
        return Results.NoContent();
    }

    /// <summary>The session that the request names; a new one for <c>initialize</c>.</summary>
    static async Task<McpHttpSession> FindAsync(HttpContext http, McpSessions sessions, JsonRpcMessage message)
    {
        if (SessionIdOf(http.Request) is { } named)
        {
            return sessions.Use(named, Principal.Of(http));
        }

        if (message is not JsonRpcRequest { Method: RequestMethods.Initialize })
        {
            throw SessionNeeded();
        }

        var (id, session) = await sessions.BeginAsync(http);
        http.Response.Headers[SessionHeader] = id;
        return session;
    }

    static async Task AnswerAsync(HttpContext http, McpHttpSession session, JsonRpcMessage message, CancellationToken cancel)
    {
        var response = http.Response;
        // An answer may be long in coming.
        http.Features.Get<IHttpMinResponseDataRateFeature>()?.MinDataRate = null;
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache, no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        try
        {
            if (!await session.HandleAsync(message, response.Body, cancel))
            {
                response.ContentType = null;
                response.StatusCode = StatusCodes.Status202Accepted;
            }
        }
        catch (Exception over) when (over is OperationCanceledException or ObjectDisposedException && !http.RequestAborted.IsCancellationRequested)
        {
            // The session has ended under the request, or the server is about to.
            http.Abort();
        }
    }

    static string? SessionIdOf(HttpRequest request) => request.Headers[SessionHeader].ToString() is { Length: > 0 } id ? id : null;

    static string? VersionOf(HttpRequest request) =>
        request.Headers[VersionHeader].ToString() is not { Length: > 0 } version ? null
        : s_withSessions.Contains(version) || s_withoutSessions.Contains(version) ? version
        : throw new ProductException(
            ErrorCode.Malformed, $"{VersionHeader} must be one of {string.Join(", ", [.. s_withSessions, .. s_withoutSessions])}", "mcp_version");

    static void RequireAccept(HttpRequest request)
    {
        var accepted = request.Headers.Accept.ToString();
        if (accepted.Length > 0 && !accepted.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase) && !accepted.Contains("*/*", StringComparison.Ordinal))
        {
            throw new ProductException(ErrorCode.Malformed, "send Accept: application/json, text/event-stream; answers are server-sent events");
        }
    }

    static ProductException SessionNeeded() =>
        new(ErrorCode.Malformed, $"{SessionHeader} is missing; begin a session with initialize, and send the id that it answers", "mcp_session");
}
