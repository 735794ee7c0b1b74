using System.Text.Json;
using AgentOrchestrator.ServerTests.Cli;
using ModelContextProtocol;
using ModelContextProtocol.Client;

namespace AgentOrchestrator.ServerTests.Mcp;

/// <summary>The tools, by the official client, through every door, in both vocabularies.</summary>
public sealed class McpToolTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Door.Http)]
    [InlineData(Door.Sessionless)]
    [InlineData(Door.Stdio)]
    public async Task Every_door_shows_the_same_tools(Door door)
    {
        await using var server = await AoServer.StartAsync();
        await using var client = await server.ConnectAsync(door);

        var tools = await client.ListToolsAsync(cancellationToken: Cancel);

        Assert.Equal(
            [
                "list_agent_blueprints", "list_agent_sessions", "start_agent_session", "resume_agent_session", "get_agent_session_status",
                "get_agent_session_result", "stop_agent_session", "delete_all_agent_sessions", "search_memory", "add_memory",
            ],
            tools.Select(tool => tool.Name));
        Assert.Equal(door is Door.Sessionless ? "2026-07-28" : "2025-11-25", client.NegotiatedProtocolVersion);
        Assert.Equal("agent-orchestrator", client.ServerInfo?.Name);
    }

    [Theory]
    [InlineData(Door.Http)]
    [InlineData(Door.Stdio)]
    public async Task What_is_kept_by_a_tool_is_found_by_another_in_its_scope(Door door)
    {
        await using var server = await AoServer.StartAsync();
        await using var client = await server.ConnectAsync(door);

        var kept = await client.CallAsync("add_memory", new { text = "Whales are mammals", user_id = "ann" });
        var found = await client.CallAsync("search_memory", new { query = "whales", user_id = "ann" });
        var others = await client.CallAsync("search_memory", new { query = "whales", user_id = "bob" });

        Assert.StartsWith("mem_", kept.Member("memory_id"), StringComparison.Ordinal);
        Assert.Equal("- Whales are mammals", found.Said());
        Assert.Equal("Nothing is remembered of that", others.Said());
        Assert.True((await client.CallAsync("add_memory")).IsError);
    }

    [Theory]
    [InlineData(Door.Http)]
    [InlineData(Door.Sessionless)]
    [InlineData(Door.Stdio)]
    public async Task A_session_is_started_resumed_and_its_results_are_waited_for(Door door)
    {
        await using var server = await AoServer.StartAsync();
        await using var client = await server.ConnectAsync(door);

        var starting = client.CallAsync("start_agent_session", new { prompt = "Greet", session_name = "greeter" });
        var run = await server.CompleteRunAsync("Hello");
        var started = await starting;

        Assert.Equal(("Greet", "Hello", "Hello"), (run.Text("prompt"), started.Said(), started.Member("result")));
        Assert.Equal(run.Text("session_id"), started.Member("session_id"));
        Assert.NotEqual(true, started.IsError);

        var resuming = client.CallAsync("resume_agent_session", new { session_id = started.Member("session_id"), prompt = "Again", mode = "sync" });
        await server.CompleteRunAsync("Hello again");
        Assert.Equal("Hello again", (await resuming).Said());

        var result = await client.CallAsync("get_agent_session_result", new { session_id = "greeter" });
        Assert.Equal(("Hello again", "Hello again"), (result.Said(), result.Member("result")));
    }

    [Theory]
    [InlineData(Door.Http)]
    [InlineData(Door.Stdio)]
    public async Task A_session_that_is_not_waited_for_is_asked_about(Door door)
    {
        await using var server = await AoServer.StartAsync();
        await using var client = await server.ConnectAsync(door);

        var started = await client.CallAsync("start_agent_session", new { prompt = "Greet", mode = "async_poll" });
        var session = started.Member("session_id");
        Assert.Equal(("pending", started.Member("run_id")), (started.Member("status"), started.Member("job_id")));
        Assert.Equal("pending", JsonDocument.Parse(started.Said()).RootElement.Text("status"));

        var run = await server.BeginRunAsync();
        Assert.Equal("running", (await client.CallAsync("get_agent_session_status", new { session_id = session })).Member("status"));
        var waiting = client.CallAsync("get_agent_session_status", new { session_id = session, wait_seconds = 300 });
        await server.CompleteAsync(run, "Hello");

        Assert.Equal("finished", (await waiting).Member("status"));
        Assert.Equal("not_existent", (await client.CallAsync("get_agent_session_status", new { session_id = "nobody" })).Member("status"));
    }

    [Theory]
    [InlineData(Door.Http)]
    [InlineData(Door.Stdio)]
    public async Task The_older_vocabulary_is_understood_and_answered(Door door)
    {
        await using var server = await AoServer.StartAsync();
        await server.Http.PostJsonAsync("/agents", new { name = "poet", description = "Writes", tags = new[] { "external" } }, expected: 201);
        await using var client = await server.ConnectAsync(door);

        var blueprints = await client.CallAsync("list_agent_blueprints", new { response_format = "json" });
        var poet = JsonDocument.Parse(blueprints.Said()).RootElement.GetProperty("agents").EnumerateArray().Single(a => a.Text("name") is "poet");
        Assert.Equal("Writes", poet.Text("description"));
        Assert.Contains("## poet\nWrites", (await client.CallAsync("list_agent_blueprints", new { response_format = "markdown" })).Said(), StringComparison.Ordinal);

        var started = await client.CallAsync(
            "start_agent_session", new { session_name = "verse", prompt = "Write", agent_blueprint_name = "poet", async_mode = true, callback = false });
        var run = await server.BeginRunAsync();
        Assert.Equal(("poet", started.Member("job_id")), (run.Text("agent_name"), run.Text("run_id")));
        Assert.Equal("running", (await client.CallAsync("get_agent_session_status", new { session_name = "verse" })).Member("status"));
        await server.CompleteAsync(run, "Roses");
        Assert.Equal("Roses", (await client.CallAsync("get_agent_session_result", new { session_name = "verse" })).Said());

        var sessions = JsonDocument.Parse((await client.CallAsync("list_agent_sessions", new { response_format = "json" })).Said()).RootElement;
        Assert.Equal(("1", "verse"), (sessions.Text("total"), sessions.GetProperty("sessions")[0].Text("session_name")));
        Assert.StartsWith("# Agent Sessions", (await client.CallAsync("list_agent_sessions", new { response_format = "markdown" })).Said(), StringComparison.Ordinal);
        Assert.Equal("Deleted 1 session(s)", (await client.CallAsync("delete_all_agent_sessions")).Said());
        Assert.Equal("No sessions to delete", (await client.CallAsync("delete_all_agent_sessions")).Said());
    }

    [Fact]
    public async Task Lists_have_the_structure_of_the_newer_vocabulary_and_pages()
    {
        await using var server = await AoServer.StartAsync();
        await using var client = await server.ConnectAsync(Door.Http);
        foreach (var name in new[] { "one", "two", "three" })
        {
            await server.Http.PostJsonAsync("/sessions", new { session_id = name });
        }

        var first = await client.CallAsync("list_agent_sessions", new { limit = 2 });
        var rest = await client.CallAsync("list_agent_sessions", new { limit = 2, cursor = first.Member("next_cursor") });

        var names = new[] { first, rest }.SelectMany(page => page.StructuredContent!.Value.GetProperty("result").EnumerateArray()).Select(s => s.Text("session_id"));
        Assert.Equal(["one", "three", "two"], names.Order(StringComparer.Ordinal));
        Assert.False(rest.StructuredContent!.Value.TryGetProperty("next_cursor", out _));
        Assert.True(JsonElement.DeepEquals(first.StructuredContent!.Value, JsonDocument.Parse(first.Said()).RootElement), first.Said());
        await server.Http.PostJsonAsync("/agents", new { name = "greeter", description = "Grüßt <alle>" }, expected: 201);
        var listed = await client.CallAsync("list_agent_blueprints");
        Assert.Contains("Grüßt <alle>", listed.Said(), StringComparison.Ordinal);
        var agents = listed.StructuredContent!.Value.GetProperty("result");
        Assert.All(agents.EnumerateArray(), agent => Assert.Equal(["name", "description", "tags"], agent.EnumerateObject().Select(member => member.Name)));
    }

    [Fact]
    public async Task What_works_is_stopped_and_survives_a_deletion_of_all()
    {
        await using var server = await AoServer.StartAsync();
        await using var client = await server.ConnectAsync(Door.Http);
        var session = (await client.CallAsync("start_agent_session", new { prompt = "Work", mode = "async_poll" })).Member("session_id");
        var run = await server.BeginRunAsync();

        Assert.Equal("0", (await client.CallAsync("delete_all_agent_sessions")).Member("deleted_count"));
        Assert.Equal("stopping", (await client.CallAsync("stop_agent_session", new { session_id = session })).Member("status"));
        await server.Runner.StoppedAsync(run.Text("run_id"));

        Assert.Equal("stopped", (await client.CallAsync("get_agent_session_status", new { session_id = session })).Member("status"));
    }

    [Theory]
    [InlineData(Door.Http)]
    [InlineData(Door.Sessionless)]
    [InlineData(Door.Stdio)]
    public async Task An_unknown_tool_is_an_error_of_the_protocol(Door door)
    {
        await using var server = await AoServer.StartAsync();
        await using var client = await server.ConnectAsync(door);

        var refused = await Assert.ThrowsAsync<McpProtocolException>(() => client.CallAsync("launch_missiles"));

        Assert.Equal(McpErrorCode.InvalidParams, refused.ErrorCode);
        Assert.Contains("Unknown tool: 'launch_missiles'", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("start_agent_session", "{}", "/prompt is missing")]
    [InlineData("start_agent_session", """{"prompt":7}""", "/prompt must be of the type string")]
    [InlineData("start_agent_session", """{"prompt":"p","colour":"red"}""", "/colour is not a member")]
    [InlineData("start_agent_session", """{"prompt":"p","mode":"later"}""", "/mode must be one of")]
    [InlineData("start_agent_session", """{"prompt":"p","mode":"sync","callback":true}""", "mode says something else")]
    [InlineData("start_agent_session", """{"prompt":"p","agent_name":"a","agent_blueprint_name":"b"}""", "two names for the same thing")]
    [InlineData("start_agent_session", """{"prompt":"p","agent_name":"nobody"}""", "Agent not found: nobody")]
    [InlineData("start_agent_session", """{"prompt":"p","session_name":"../x"}""", "session_name")]
    [InlineData("start_agent_session", """{"prompt":"p","mode":"async_callback"}""", "needs a session to call back")]
    [InlineData("resume_agent_session", """{"session_id":"nobody","prompt":"p"}""", "Session not found")]
    [InlineData("resume_agent_session", """{"prompt":"p","session_id":null}""", "session_id (or session_name) is required")]
    [InlineData("get_agent_session_status", """{"session_id":"x","wait_seconds":301}""", "/wait_seconds must be at most 300")]
    [InlineData("get_agent_session_result", """{"session_id":"nobody"}""", "Session not found")]
    [InlineData("stop_agent_session", """{"session_id":"nobody"}""", "Session not found")]
    [InlineData("list_agent_sessions", """{"cursor":"nonsense"}""", "cursor")]
    public async Task A_call_that_fails_says_why_in_words(string tool, string arguments, string says)
    {
        await using var server = await AoServer.StartAsync();
        await using var client = await server.ConnectAsync(Door.Http);

        var failed = await client.CallAsync(tool, JsonDocument.Parse(arguments).RootElement);

        Assert.True(failed.IsError);
        Assert.StartsWith("Error: ", failed.Said(), StringComparison.Ordinal);
        Assert.Contains(says, failed.Said(), StringComparison.Ordinal);
        Assert.Contains(says, failed.Member("error"), StringComparison.Ordinal);
        Assert.Empty((await server.Http.GetJsonAsync("/runs")).GetProperty("runs").EnumerateArray());
    }

    [Theory]
    [InlineData(Door.Http)]
    [InlineData(Door.Stdio)]
    public async Task A_run_that_fails_tells_its_error_to_the_caller_that_waits(Door door)
    {
        await using var server = await AoServer.StartAsync();
        await using var client = await server.ConnectAsync(door);

        var starting = client.CallAsync("start_agent_session", new { prompt = "Try" });
        var run = await server.BeginRunAsync();
        await server.Runner.FailAsync(run.Text("run_id"), "The oven is cold");
        var failed = await starting;

        Assert.True(failed.IsError);
        Assert.Contains("The oven is cold", failed.Said(), StringComparison.Ordinal);
        Assert.Equal(("failed", run.Text("session_id")), (failed.Member("status"), failed.Member("session_id")));
    }

    [Fact]
    public async Task A_result_that_is_too_long_is_cut_and_says_so()
    {
        await using var server = await AoServer.StartAsync();
        await using var client = await server.ConnectAsync(Door.Http);

        var starting = client.CallAsync("start_agent_session", new { prompt = "Write" });
        await server.CompleteRunAsync(new string('x', 60_000));
        var said = (await starting).Said();

        Assert.StartsWith(new string('x', 50_000) + "\n", said, StringComparison.Ordinal);
        Assert.Contains("10000 of 60000 characters are missing", said, StringComparison.Ordinal);
    }
}
