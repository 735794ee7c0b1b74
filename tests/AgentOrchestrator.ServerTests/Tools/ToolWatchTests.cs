using System.Text.Json;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.ServerTests.Access;
using AgentOrchestrator.ServerTests.Cli;
using AgentOrchestrator.Tests.Tools;
using AgentOrchestrator.Tests.Tools.Mcp;

namespace AgentOrchestrator.ServerTests.Tools;

/// <summary>What was called, and which tools are not what they were.</summary>
public sealed class ToolWatchTests
{
    [Fact]
    public async Task Each_call_is_noted_with_who_and_how_and_nothing_of_what_was_said()
    {
        await using var stage = await ToolStage.OpenAsync();
        stage.WriteAgent("bob", """{"action_server":"mail"}""");
        var run = await stage.RunOfAsync("bob");
        await stage.ExecuteAsync("bob", """{"action_id":"send","parameters":{"to":"secret"}}""", run);
        await stage.ExecuteAsync("bob", """{"action_id":"broken"}""");
        await stage.ExecuteAsync("eve", """{"action_id":"calculator","parameters":{"expression":"1"}}""");

        var all = (await stage.SendAsync(HttpMethod.Get, "/actions/usage")).Json;
        var page = (await stage.SendAsync(HttpMethod.Get, "/actions/usage?agent_name=BOB&limit=1")).Json;
        var rest = (await stage.SendAsync(HttpMethod.Get, $"/actions/usage?agent_name=bob&before={page.Text("next_before")}")).Json;
        var metrics = await stage.Server.SendAsync(HttpMethod.Get, "/metrics", stage.Server.Host.Token);

        Assert.Equal(
            [("eve", "builtin", "calculator", "ok"), ("bob", "mail", "broken", "server_fault"), ("bob", "mail", "send", "ok")],
            all.GetProperty("calls").EnumerateArray().Select(call => (call.Text("agent_name"), call.Text("server"), call.Text("action_id"), call.Text("outcome"))));
        var sent = Assert.Single(rest.GetProperty("calls").EnumerateArray());
        Assert.StartsWith("run_", sent.Text("run_id"), StringComparison.Ordinal);
        Assert.StartsWith("ses_", sent.Text("session_id"), StringComparison.Ordinal);
        Assert.Equal(("agent:" + sent.Text("run_id"), "15", "25"), (sent.Text("actor"), sent.Text("input_bytes"), sent.Text("output_bytes")));
        Assert.DoesNotContain("secret", all.GetRawText(), StringComparison.Ordinal);
        Assert.Equal("", rest.Text("next_before"));
        Assert.Contains("server=\"mail\"", await metrics.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(403, (await stage.SendAsync(HttpMethod.Get, "/actions/usage", token: run)).Status);
    }

    [Fact]
    public async Task A_tool_that_describes_itself_otherwise_is_off_also_after_a_restart_until_an_owner_accepts_what_was_shown()
    {
        var script = new ScriptedMcp();
        await using var service = new LoopbackServer(script.Answer);
        await using var stage = await ToolStage.OpenAsync();
        stage.WriteServers($$$"""{"servers":{"echo":{"url":"http://127.0.0.1:{{{service.Port}}}/mcp","type":"http"} } }""");
        stage.WriteAgent("bob", """{"action_server":"echo"}""");
        const string Call = """{"action_id":"echo","parameters":{"text":"hello"}}""";
        Assert.Equal("you said hello", (await stage.ExecuteAsync("bob", Call)).Json.Text("result"));

        script.Tools = script.Tools.Replace("Says it again", "Says it again, and the passwords", StringComparison.Ordinal);
        await stage.Server.StopAsync();
        await stage.Server.StartAgainAsync();

        Assert.Equal(404, (await stage.ExecuteAsync("bob", Call)).Status);
        var change = Assert.Single((await stage.SendAsync(HttpMethod.Get, "/actions/changes")).Json.GetProperty("changes").EnumerateArray());
        Assert.Equal(("echo", "echo"), (change.Text("server"), change.Text("tool")));
        Assert.Equal(
            ("Says it again", "Says it again, and the passwords"),
            (change.GetProperty("before").Text("description"), change.GetProperty("now").Text("description")));

        var operatorToken = await stage.Server.TokenOfAsync(Role.Operator);
        Assert.Equal(403, (await AcceptAsync(change.Text("digest"), operatorToken)).Status);
        var another = await AcceptAsync(new string('0', 64));
        Assert.Equal((409, "changed_again"), (another.Status, another.Json.Text("code")));
        Assert.Equal(200, (await AcceptAsync(change.Text("digest"))).Status);
        Assert.Equal(404, (await AcceptAsync(change.Text("digest"))).Status);
        Assert.Equal("you said hello", (await stage.ExecuteAsync("bob", Call)).Json.Text("result"));

        await stage.Server.StopAsync();
        await stage.Server.StartAgainAsync();
        Assert.Equal("you said hello", (await stage.ExecuteAsync("bob", Call)).Json.Text("result"));

        Task<ToolAnswer> AcceptAsync(string digest, string? token = null) => stage.SendAsync(
            HttpMethod.Post, "/actions/accept", JsonSerializer.Serialize(new { server = "echo", tool = "echo", digest }), token);
    }

    [Fact]
    public async Task A_server_that_failed_says_so_in_its_health()
    {
        await using var stage = await ToolStage.OpenAsync();
        stage.WriteAgent("bob", """{"action_server":"mail"}""");
        await stage.ExecuteAsync("bob", """{"action_id":"broken"}""");

        var server = (await stage.SendAsync(HttpMethod.Get, "/action-servers/available")).Json.GetProperty("servers")[0];

        Assert.Equal(("failing", "7", "The server answered 500: the disk is full"), (server.Text("state"), server.Text("actions"), server.Text("last_error")));
    }

    [Fact]
    public async Task Web_search_is_for_agents_whose_definition_names_it()
    {
        await using var stage = await ToolStage.OpenAsync();
        await stage.AddAgentAsync("max", ""","allowed_tools":["web_search"]""");
        const string Call = """{"action_id":"web_search","parameters":{"query":"x"}}""";

        Assert.Contains("WEB_SEARCH_API_KEY", (await stage.ExecuteAsync("max", Call)).Json.Text("error"), StringComparison.Ordinal);
        Assert.Equal(404, (await stage.ExecuteAsync("bob", Call)).Status);
    }

    [Fact]
    public async Task Ao_shows_what_was_called_and_what_changed()
    {
        await using var stage = await ToolStage.OpenAsync(options => options with { NoAuth = true });
        var ao = new AoProgram(stage.Server.Url, stage.Server.Folder);
        await ao.RunAsync("""ao actions run bob calculator {"expression":"6*7"}""");

        Assert.Contains("calculator", (await ao.RunAsync("ao actions usage --agent bob -n 5")).Out, StringComparison.Ordinal);
        Assert.Equal("No calls found\n", (await ao.RunAsync("ao actions usage --agent eve")).Out);
        Assert.Equal("No changes found\n", (await ao.RunAsync("ao actions changes")).Out);
        Assert.Equal(1, (await ao.RunAsync("ao actions accept mail send 00")).ExitCode);
    }
}
