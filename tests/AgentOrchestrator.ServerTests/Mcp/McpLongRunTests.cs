using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentOrchestrator.ServerTests.Cli;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentOrchestrator.ServerTests.Mcp;

/// <summary>Calls that wait: what they report, and what becomes of the run when nobody waits any more.</summary>
public sealed class McpLongRunTests
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Door.Http)]
    [InlineData(Door.Sessionless)]
    [InlineData(Door.Stdio)]
    public async Task A_call_that_waits_reports_each_event_of_the_session(Door door)
    {
        await using var server = await AoServer.StartAsync();
        await using var client = await server.ConnectAsync(door);
        var reports = new Reports();

        var starting = StartAsync(client, reports, Cancel);
        var run = await server.BeginRunAsync();
        await reports.HasAsync("run_start");
        await server.CompleteAsync(run, "Done");
        await starting;

        await reports.HasAsync("message of the assistant");
        await reports.HasAsync("run_completed");
        Assert.Equal(reports.Steps.Order(), reports.Steps.Distinct().Order());
    }

    [Theory]
    [InlineData(Door.Http)]
    [InlineData(Door.Stdio)]
    public async Task A_call_that_is_cancelled_stops_its_run(Door door)
    {
        await using var server = await AoServer.StartAsync();
        await using var client = await server.ConnectAsync(door);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var call = new JsonRpcRequest
        {
            Id = new RequestId("the call"),
            Method = RequestMethods.ToolsCall,
            Params = JsonNode.Parse("""{"name":"start_agent_session","arguments":{"prompt":"Work"}}"""),
        };

        var starting = client.SendRequestAsync(call, end.Token);
        var run = await server.BeginRunAsync();
        await client.SendNotificationAsync(
            NotificationMethods.CancelledNotification, new CancelledNotificationParams { RequestId = call.Id }, cancellationToken: Cancel);

        await HasStatusAsync(server, run.Text("session_id"), "stopping");
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
    }

    [Fact]
    public async Task Without_sessions_a_call_whose_connection_is_closed_is_cancelled()
    {
        await using var server = await AoServer.StartAsync();
        await using var client = await server.ConnectAsync(Door.Sessionless);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(Cancel);

        var starting = StartAsync(client, null, giveUp.Token);
        var run = await server.BeginRunAsync();
        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
        await HasStatusAsync(server, run.Text("session_id"), "stopping");
    }

    [Theory]
    [InlineData(Door.Http)]
    [InlineData(Door.Stdio)]
    public async Task A_client_that_leaves_stops_nothing(Door door)
    {
        await using var server = await AoServer.StartAsync();
        var client = await server.ConnectAsync(door);

        var starting = StartAsync(client, null, Cancel);
        var run = await server.BeginRunAsync();
        await client.DisposeAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => starting);

        await server.CompleteAsync(run, "Done");
        await HasStatusAsync(server, run.Text("session_id"), "finished");
        Assert.Equal("completed", (await server.Http.GetJsonAsync($"/runs/{run.Text("run_id")}")).Text("status"));
    }

    [Fact]
    public async Task A_server_that_stops_waits_for_no_call_and_stops_no_run()
    {
        await using var server = await AoServer.StartAsync();
        await using var client = await server.ConnectAsync(Door.Http);

        var starting = StartAsync(client, null, Cancel);
        var run = await server.BeginRunAsync();
        await server.Server.StopAsync();
        // Told so, or cut off, whichever comes first.
        Assert.True(await Record.ExceptionAsync(() => starting) is not null || (await starting).IsError is true);
        await server.Server.StartAgainAsync();

        Assert.Equal("running", (await server.Http.GetJsonAsync($"/runs/{run.Text("run_id")}")).Text("status"));
    }

    [Theory]
    [InlineData(Door.Http)]
    [InlineData(Door.Stdio)]
    public async Task An_agent_with_the_tag_is_a_tool_of_its_own(Door door)
    {
        await using var server = await AoServer.StartAsync();
        await PublishAsync(server, "poet", new { });
        await PublishAsync(server, "stop_agent_session", new { });
        await PublishAsync(
            server,
            "adder",
            new { executor = "command", command = new[] { "true" }, input_schema = new { type = "object", properties = new { a = new { type = "integer" } }, required = new[] { "a" } } });
        await using var client = await server.ConnectAsync(door);

        var tools = await client.ListToolsAsync(cancellationToken: Cancel);
        var poet = Assert.Single(tools, tool => tool.Name is "poet");
        Assert.StartsWith("Is poet", poet.Description, StringComparison.Ordinal);
        Assert.Single(tools, tool => tool.Name is "stop_agent_session");
        Assert.Equal("object", Assert.Single(tools, tool => tool.Name is "adder").JsonSchema.GetProperty("type").GetString());

        var asking = client.CallAsync("poet", new { prompt = "Write" });
        var run = await server.CompleteRunAsync("Roses");
        Assert.Equal(("poet", "Write", "Roses"), (run.Text("agent_name"), run.Text("prompt"), (await asking).Said()));

        var wrong = await client.CallAsync("adder", new { a = "one" });
        Assert.Contains("/a must be of the type integer", wrong.Said(), StringComparison.Ordinal);
    }

    static Task<JsonElement> PublishAsync(AoServer server, string name, object more)
    {
        var agent = JsonSerializer.SerializeToNode(more)!.AsObject();
        agent["name"] = name;
        agent["description"] = $"Is {name}";
        agent["tags"] = new JsonArray("mcp-tool");
        return server.Http.PostJsonAsync("/agents", agent, expected: 201);
    }

    static Task<CallToolResult> StartAsync(McpClient client, IProgress<ProgressNotificationValue>? progress, CancellationToken cancel) => client.CallToolAsync(
        "start_agent_session", new Dictionary<string, object?> { ["prompt"] = "Work" }, progress, cancellationToken: cancel).AsTask();

    static Task HasStatusAsync(AoServer server, string session, string status) => Eventually.TrueAsync(
        async () => (await server.Http.GetJsonAsync($"/sessions/{session}/status")).Text("status") == status, $"{session} is {status}", s_patience, Cancel);

    sealed class Reports : IProgress<ProgressNotificationValue>
    {
        readonly ConcurrentQueue<ProgressNotificationValue> _all = [];

        public IEnumerable<float> Steps => _all.Select(report => report.Progress);

        public void Report(ProgressNotificationValue value) => _all.Enqueue(value);

        public Task HasAsync(string message) => Eventually.TrueAsync(
            () => _all.Any(report => report.Message == message), $"a report of {message}", s_patience, Cancel);
    }
}
