using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Protocol.Tools;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Tests.Runner.Chat;

/// <summary>What a chat needs of the server: a session, its log, new runs, and the tools of agents.</summary>
sealed class LogServer : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly List<EventView> _log = [];
    int _unavailable;

    LogServer(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.First());

    public List<(CreateRun Run, string? Key, string? Authorization)> Created { get; } = [];

    /// <summary>Null: the server knows no agent.</summary>
    public AgentActions? Actions { get; set; }

    public List<(ExecuteAction Call, string? Authorization)> Executed { get; } = [];

    /// <summary>How the next calls of tools end, in turn: a result, null for an answer that breaks off, 503 for one that was not made.</summary>
    public Queue<object?> Ends { get; } = [];

    public static async Task<LogServer> StartAsync(CancellationToken cancel)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new LogServer(app);
        app.MapGet("/sessions/{id}", server.ShowSessionAsync);
        app.MapGet("/sessions/{id}/events", server.ShowAsync);
        app.MapPost("/runs", server.CreateAsync);
        app.MapGet("/agents/{name}/actions", server.ListAsync);
        app.MapPost("/agents/{name}/actions/execute", server.ExecuteAsync);
        await app.StartAsync(cancel);
        return server;
    }

    public void Say(string role, string text, string runId = "run_0") => _log.Add(new EventView
    {
        Id = _log.Count + 1,
        Seq = _log.Count + 1,
        SessionId = "ses_1",
        SessionName = "ses_1",
        EventType = EventTypes.Message,
        Timestamp = "",
        RunId = runId,
        Role = role,
        Content = JsonElement.Parse($$"""[{"type":"text","text":"{{JsonEncodedText.Encode(text)}}"}]"""),
    });

    public void RefuseNext(int requests) => _unavailable = requests;

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    Task ShowSessionAsync(HttpContext http)
    {
        var session = new SessionView
        {
            SessionId = "ses_1",
            SessionName = "ses_1",
            Status = SessionStatus.Running,
            CreatedAt = DateTimeOffset.UnixEpoch,
            LastSeq = _log.Count,
        };
        return WriteAsync(http, JsonSerializer.SerializeToUtf8Bytes(new SessionAnswer(session), ProtocolJson.Default.SessionAnswer));
    }

    async Task ShowAsync(HttpContext http)
    {
        if (_unavailable-- > 0)
        {
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        var after = int.Parse(http.Request.Query["after"]!);
        var limit = int.Parse(http.Request.Query["limit"]!);
        var page = _log.Skip(after).Take(limit).ToList();
        var answer = new EventList(page) { NextAfter = after + page.Count < _log.Count ? after + page.Count : null };
        await WriteAsync(http, JsonSerializer.SerializeToUtf8Bytes(answer, ProtocolJson.Default.EventList));
    }

    async Task CreateAsync(HttpContext http)
    {
        var run = (await JsonSerializer.DeserializeAsync(http.Request.Body, ProtocolJson.Default.CreateRun, http.RequestAborted))!;
        Created.Add((run, http.Request.Headers["Idempotency-Key"], http.Request.Headers.Authorization));
        if (run.AgentName == "nobody")
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            await WriteAsync(http, """{"type":"about:blank","title":"","status":404,"detail":"Agent not found: nobody","code":"not_found"}"""u8.ToArray());
            return;
        }

        var created = new RunCreated("run_2", "ses_2", "child", RunStatus.Pending);
        await WriteAsync(http, JsonSerializer.SerializeToUtf8Bytes(created, ProtocolJson.Default.RunCreated));
    }

    Task ListAsync(HttpContext http)
    {
        if (Actions is { } actions) { return WriteAsync(http, JsonSerializer.SerializeToUtf8Bytes(actions, ProtocolJson.Default.AgentActions)); }

        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    async Task ExecuteAsync(HttpContext http)
    {
        var call = (await JsonSerializer.DeserializeAsync(http.Request.Body, ProtocolJson.Default.ExecuteAction, http.RequestAborted))!;
        Executed.Add((call, http.Request.Headers.Authorization));
        switch (Ends.Dequeue())
        {
            case ActionResult result:
                await WriteAsync(http, JsonSerializer.SerializeToUtf8Bytes(result, ProtocolJson.Default.ActionResult));
                break;
            case int status:
                http.Response.StatusCode = status;
                await WriteAsync(http, """{"type":"about:blank","title":"","status":503,"detail":"later","code":"unavailable"}"""u8.ToArray());
                break;
            default:
                http.Abort();
                break;
        }
    }

    static async Task WriteAsync(HttpContext http, byte[] body)
    {
        http.Response.ContentType = "application/json";
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }
}
