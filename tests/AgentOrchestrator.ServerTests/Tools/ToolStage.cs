using System.Net;
using System.Text;
using System.Text.Json;
using AgentOrchestrator.Server;
using AgentOrchestrator.ServerTests.Access;
using AgentOrchestrator.Tests.Tools;

namespace AgentOrchestrator.ServerTests.Tools;

/// <summary>A server with authentication, and the files of its tools; and a service beside it that offers some.</summary>
sealed class ToolStage : IAsyncDisposable
{
    const string Document = """
        {"openapi":"3.1.0","paths":{
        "/send":{"post":{"operationId":"send","summary":"Send a mail","description":"To one person.",
          "requestBody":{"content":{"application/json":{"schema":{"type":"object","required":["to"],"properties":{"to":{"type":"string","description":"whom"},"copies":{"type":"integer"}}}}}}}},
        "/page":{"get":{"operationId":"page"}},"/broken":{"get":{"operationId":"broken"}},"/endless":{"get":{"operationId":"endless"}},
        "/silent":{"get":{"operationId":"silent"}},"/deep":{"get":{"operationId":"deep"}},"/half":{"get":{"operationId":"half"}}}}
        """;

    ToolStage(TestServer server, LoopbackServer service)
    {
        Server = server;
        Service = service;
    }

    public TestServer Server { get; }

    public LoopbackServer Service { get; }

    public static async Task<ToolStage> OpenAsync(Func<ServerOptions, ServerOptions>? adjust = null)
    {
        var server = await GuardedServer.StartAsync(options => (adjust ?? (o => o))(options with { ToolNetworks = [IPNetwork.Parse("127.0.0.0/8")] }));
        var stage = new ToolStage(server, new LoopbackServer(AnswerAsync));
        await stage.AddAgentAsync("bob");
        await stage.AddAgentAsync("eve");
        stage.WriteServers(
            $$$"""{"servers":{"mail":{"name":"Mail","url":"http://127.0.0.1:{{{stage.Service.Port}}}/","description":"Email","type":"openapi"} } }""");
        return stage;
    }

    public void WriteServers(string json) => File.WriteAllText(Path.Combine(Server.DataDir, "action_servers.json"), json);

    public void WriteAgent(string name, string json)
    {
        Directory.CreateDirectory(Path.Combine(Server.DataDir, "agent_configs"));
        File.WriteAllText(Path.Combine(Server.DataDir, "agent_configs", name + ".json"), json);
    }

    public async Task AddAgentAsync(string name, string more = "") =>
        await Server.JsonAsync("/agents", $$"""{"name":"{{name}}","description":"Does things"{{more}}}""");

    public Task<ToolAnswer> ExecuteAsync(string agent, string json, string? token = null) =>
        SendAsync(HttpMethod.Post, $"/agents/{agent}/actions/execute", json, token);

    public async Task<ToolAnswer> SendAsync(HttpMethod method, string path, string? json = null, string? token = null)
    {
        using var answer = await Server.SendAsync(method, path, token ?? Server.Host.Token, json);
        return new ToolAnswer((int)answer.StatusCode, await GuardedServer.ReadJsonAsync(answer));
    }

    /// <summary>The token of a run of that agent.</summary>
    public async Task<string> RunOfAsync(string agent)
    {
        var runner = (await Server.JsonAsync(
            "/runner/register", $$"""{"hostname":"{{agent}}","project_dir":"/p","executor_type":"claude-code","capabilities":["leases","claim_ack"]}""")).Text("runner_id");
        await Server.JsonAsync("/runs", $$"""{"type":"start_session","agent_name":"{{agent}}","prompt":"hello"}""");
        var claim = await SendAsync(HttpMethod.Get, $"/runner/runs?runner_id={runner}");
        return claim.Json.GetProperty("assignment").Text("token");
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Service.DisposeAsync();
    }

    static Task AnswerAsync(LoopbackRequest request, Stream stream, CancellationToken cancel) => request.Path switch
    {
        "/openapi.json" => SayAsync(stream, LoopbackServer.Json(Document), cancel),
        "/send" => SayAsync(stream, LoopbackServer.Json($$$"""{"result":{"sent":{{{request.Body}}} },"error":null}"""), cancel),
        "/page" => SayAsync(stream, LoopbackServer.Text("<html>", "text/html"), cancel),
        "/broken" => SayAsync(stream, LoopbackServer.Json("""{"detail":"the disk is full"}""", 500), cancel),
        "/deep" => SayAsync(stream, LoopbackServer.Json(new string('[', 60) + new string(']', 60)), cancel),
        "/half" => SayAsync(stream, LoopbackServer.Json("""{"half":"\ud83d"}"""), cancel),
        "/endless" => EndlessAsync(stream, cancel),
        _ => Task.Delay(Timeout.Infinite, cancel),
    };

    static Task SayAsync(Stream stream, string answer, CancellationToken cancel) => stream.WriteAsync(Encoding.UTF8.GetBytes(answer), cancel).AsTask();

    static async Task EndlessAsync(Stream stream, CancellationToken cancel)
    {
        await SayAsync(stream, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n\"", cancel);
        var letters = Enumerable.Repeat((byte)'a', 1 << 20).ToArray();
        while (true) { await stream.WriteAsync(letters, cancel); }
    }
}

sealed record ToolAnswer(int Status, JsonElement Json);
