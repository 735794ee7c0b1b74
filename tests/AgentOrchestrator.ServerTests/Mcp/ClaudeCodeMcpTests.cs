using System.Text.Json;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.ServerTests.ClaudeCode;
using AgentOrchestrator.ServerTests.Runner;

namespace AgentOrchestrator.ServerTests.Mcp;

/// <summary>The real Claude Code inside a run, with <c>/mcp</c> among its servers: it starts a child by a tool.</summary>
public sealed class ClaudeCodeMcpTests
{
    [Fact]
    public async Task Claude_Code_starts_a_child_by_a_tool_and_is_called_back()
    {
        await using var server = await OpenAsync();

        var boss = await EndOfAsync(server, await StartAsync(server, Call(new { agent_name = "kid", session_name = "kid", prompt = "{}", mode = "async_callback" })));
        var callback = await CallbackAsync(server);

        Assert.Equal((RunStatus.Completed, "That was all."), (boss.Status, boss.ResultText));
        Assert.Equal(
            "The child agent session \"kid\" has completed.\n\n## Child Result\n\n\"done by the kid\"\n\nPlease continue with the orchestration based on this result.",
            callback.Prompt);
        Assert.Equal(RunStatus.Completed, callback.Status);
        Assert.True(server.HasModelSeen("callback_to", "That was all.", "done by the kid"), "the parent's conversation goes on with it");
        var kid = Assert.Single(await server.RunsOfAsync("kid"));
        Assert.Equal(("boss", RunStatus.Completed), (kid.ParentSessionName, kid.Status));
    }

    [Fact]
    public async Task Claude_Code_waits_for_a_child_that_it_starts_by_a_tool()
    {
        await using var server = await OpenAsync();

        var boss = await EndOfAsync(server, await StartAsync(server, Call(new { agent_name = "kid", session_name = "kid", prompt = "{}" })));

        Assert.Equal((RunStatus.Completed, "That was all."), (boss.Status, boss.ResultText));
        Assert.True(server.HasModelSeen("tool_result", "done by the kid"), "the tool's answer is the child's result");
        Assert.Single(await server.RunsOfAsync("boss"));
    }

    static async Task<ClaudeServer> OpenAsync()
    {
        var server = await ClaudeServer.StartAsync();
        await server.PostAsync(
            "/agents", """{"name":"kid","description":"Says one thing","executor":"command","command":["sh","-c","cat >/dev/null; echo '\"done by the kid\"'"]}""");
        await server.PostAsync(
            "/agents",
            """
            {"name":"chief","description":"Starts others","executor":"claude-code","permission_mode":"bypassPermissions","env":["IS_SANDBOX"],
            "mcp_servers":{"agents":{"type":"http","url":"${AGENT_ORCHESTRATOR_MCP_URL}","headers":{"Authorization":"Bearer ${AGENT_ORCHESTRATOR_TOKEN}"}}}}
            """);
        return server;
    }

    static string Call(object arguments) => $"[[tool:mcp__agents__start_agent_session {JsonSerializer.Serialize(arguments)}]][[say:That was all.]]";

    static Task<JsonElement> StartAsync(ClaudeServer server, string prompt) => server.PostAsync(
        "/runs", JsonSerializer.Serialize(new { type = "start_session", session_name = "boss", agent_name = "chief", prompt }));

    static Task<RunView> EndOfAsync(ClaudeServer server, JsonElement created) =>
        new RunClient(server.Http).WaitForEndAsync(created.GetProperty("run_id").GetString()!);

    static async Task<RunView> CallbackAsync(ClaudeServer server)
    {
        await RunClient.WaitAsync(async () => (await server.RunsOfAsync("boss")).Count > 1, "the parent's callback");
        return await new RunClient(server.Http).WaitForEndAsync((await server.RunsOfAsync("boss"))[^1].RunId);
    }
}
