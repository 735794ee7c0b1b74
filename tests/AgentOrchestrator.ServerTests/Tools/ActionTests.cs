using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.ServerTests.Access;

namespace AgentOrchestrator.ServerTests.Tools;

/// <summary>What agents may call, over HTTP.</summary>
public sealed class ActionTests
{
    const string Mail = """{"agent_name":"bob","action_server":"mail"}""";

    [Fact]
    public async Task An_agent_has_the_actions_of_its_assigned_server_and_calls_them()
    {
        await using var stage = await ToolStage.OpenAsync();
        stage.WriteAgent("bob", Mail);

        var listed = (await stage.SendAsync(HttpMethod.Get, "/agents/bob/actions")).Json;
        var called = (await stage.ExecuteAsync("bob", """{"action_id":"send","parameters":{"to":"ann"}}""")).Json;

        Assert.Equal("bob", listed.Text("agent_name"));
        Assert.Equal($$"""{"name":"Mail","type":"openapi","url":"http://127.0.0.1:{{stage.Service.Port}}/"}""", listed.GetProperty("action_server").GetRawText());
        var send = listed.GetProperty("actions").EnumerateArray().Single(a => a.Text("id") == "send");
        Assert.Equal(
            """
            {"id":"send","name":"Send a mail","description":"To one person.","endpoint":"/send","method":"POST","parameters":[{"name":"to","type":"string","description":"whom","required":true},{"name":"copies","type":"integer","description":"","required":false}],"response_schema":null,"enabled":true,"server":"mail","input_schema":{"type":"object","properties":{"to":{"type":"string","description":"whom"},"copies":{"type":"integer"}},"required":["to"]},"idempotent":false,"kind":"tool"}
            """,
            send.GetRawText());
        Assert.Equal(("bob", "send", "Send a mail"), (called.Text("agent_name"), called.Text("action_id"), called.Text("action_name")));
        Assert.Equal("""{"sent":{"to":"ann"}}""", called.GetProperty("result").GetRawText());
        Assert.Equal(("", "ok", "mail", "True"), (called.Text("error"), called.Text("outcome"), called.Text("server"), called.Text("untrusted")));
    }

    [Fact]
    public async Task An_agent_that_was_given_nothing_has_the_calculator_alone()
    {
        await using var stage = await ToolStage.OpenAsync();
        stage.WriteAgent("bob", Mail);

        var listed = (await stage.SendAsync(HttpMethod.Get, "/agents/eve/actions")).Json;
        var called = (await stage.ExecuteAsync("eve", """{"action_id":"calculator","parameters":{"expression":"6*7"}}""")).Json;
        var refused = await stage.ExecuteAsync("eve", """{"action_id":"send","parameters":{"to":"ann"}}""");

        Assert.Equal(["calculator"], listed.GetProperty("actions").EnumerateArray().Select(a => a.Text("id")));
        Assert.Equal("", listed.Text("action_server"));
        Assert.Equal(("42", "False"), (called.Text("result"), called.Text("untrusted")));
        Assert.Equal((404, "not_found", "False"), (refused.Status, refused.Json.Text("code"), refused.Json.Text("ok")));
        Assert.Equal("the agent 'eve' has no action 'send'; GET /agents/eve/actions lists those that it has", refused.Json.Text("error"));
        Assert.DoesNotContain(stage.Service.Requests, request => request.Path == "/send");
    }

    [Fact]
    public async Task A_definition_takes_actions_away()
    {
        await using var stage = await ToolStage.OpenAsync();
        await stage.AddAgentAsync("max", ""","disallowed_tools":["send","calculator"]""");
        stage.WriteAgent("max", Mail);

        var listed = (await stage.SendAsync(HttpMethod.Get, "/agents/max/actions")).Json;

        Assert.DoesNotContain(listed.GetProperty("actions").EnumerateArray(), a => a.Text("id") is "send" or "calculator");
        Assert.Equal(404, (await stage.ExecuteAsync("max", """{"action_id":"send","parameters":{"to":"ann"}}""")).Status);
        Assert.Equal(404, (await stage.ExecuteAsync("max", """{"action_id":"calculator","parameters":{"expression":"1"}}""")).Status);
    }

    [Fact]
    public async Task A_run_calls_the_actions_of_its_own_agent_alone()
    {
        await using var stage = await ToolStage.OpenAsync();
        stage.WriteAgent("bob", Mail);
        var eve = await stage.RunOfAsync("eve");
        var bob = await stage.RunOfAsync("bob");
        var nobody = await stage.Server.TokenOfAsync(Role.Agent);
        const string Call = """{"action_id":"send","parameters":{"to":"ann"}}""";

        Assert.Equal(200, (await stage.ExecuteAsync("bob", Call, bob)).Status);
        Assert.Equal(200, (await stage.SendAsync(HttpMethod.Get, "/agents/BOB/actions", token: bob)).Status);
        foreach (var stranger in new[] { eve, nobody })
        {
            Assert.Equal(403, (await stage.ExecuteAsync("bob", Call, stranger)).Status);
            Assert.Equal(403, (await stage.SendAsync(HttpMethod.Get, "/agents/bob/actions", token: stranger)).Status);
        }

        Assert.Equal(404, (await stage.ExecuteAsync("eve", Call, eve)).Status);
        Assert.Equal(403, (await stage.ExecuteAsync("bob", Call, await stage.Server.TokenOfAsync(Role.Viewer))).Status);
        Assert.Single(stage.Service.Requests, request => request.Path == "/send");
    }

    [Theory]
    [InlineData("send", """{"to":7}""", "refused", "send: 'to' must be a string, not a number.")]
    [InlineData("send", "{}", "refused", "send: 'to' is required.")]
    [InlineData("broken", "{}", "server_fault", "The server answered 500: the disk is full")]
    [InlineData("endless", "{}", "failed", "The answer is longer than 10,485,760 bytes; the rest was not read.")]
    public async Task What_goes_wrong_in_a_call_is_told_in_words(string action, string parameters, string outcome, string error)
    {
        await using var stage = await ToolStage.OpenAsync();
        stage.WriteAgent("bob", Mail);

        var called = await stage.ExecuteAsync("bob", $$"""{"action_id":"{{action}}","parameters":{{parameters}}}""");

        Assert.Equal((200, outcome, error, ""), (called.Status, called.Json.Text("outcome"), called.Json.Text("error"), called.Json.Text("result")));
    }

    [Theory]
    [InlineData("page", "The server answered text/html, not JSON: <html>")]
    [InlineData("deep", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]")]
    [InlineData("half", """{"half":"\ud83d"}""")]
    public async Task What_fits_into_no_answer_comes_as_text(string action, string result)
    {
        await using var stage = await ToolStage.OpenAsync();
        stage.WriteAgent("bob", Mail);

        var called = await stage.ExecuteAsync("bob", $$"""{"action_id":"{{action}}"}""");

        Assert.Equal((200, "ok", result), (called.Status, called.Json.Text("outcome"), called.Json.GetProperty("result").GetString()));
    }

    [Fact]
    public async Task A_server_that_hangs_is_left_behind()
    {
        await using var stage = await ToolStage.OpenAsync(options => options with { ToolTimeout = TimeSpan.FromMilliseconds(200) });
        stage.WriteAgent("bob", Mail);

        var called = (await stage.ExecuteAsync("bob", """{"action_id":"silent"}""")).Json;

        Assert.Equal(
            ("timed_out", "'silent' did not answer within 0.2 seconds. Whether it took effect is not known."), (called.Text("outcome"), called.Text("error")));
    }

    [Theory]
    [InlineData("""{"servers":{"mail":{"url":"http://${NO_SUCH_HOST}/"}}}""", "There is no tool server 'mail'. 'mail' cannot be used: The variable NO_SUCH_HOST is not set.")]
    [InlineData("""{"servers":""", "The file of tool servers is not JSON")]
    [InlineData("""{"servers":{"mail":{"url":"http://10.1.2.3/","type":"openapi","auto_discover":false,"actions":[{"id":"send","endpoint":"/send"}]}}}""", "10.1.2.3")]
    public async Task Files_that_cannot_be_used_are_told(string servers, string words)
    {
        await using var stage = await ToolStage.OpenAsync();
        stage.WriteServers(servers);
        stage.WriteAgent("bob", Mail);

        var called = (await stage.ExecuteAsync("bob", """{"action_id":"send"}""")).Json;

        Assert.Contains(words, called.Text("error"), StringComparison.Ordinal);
        Assert.Contains("calculator", (await stage.SendAsync(HttpMethod.Get, "/agents/bob/actions")).Json.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_a_runner_starts_no_programs()
    {
        await using var stage = await ToolStage.OpenAsync();
        stage.WriteServers("""{"mcpServers":{"mail":{"command":"/bin/sh","args":["-c","echo started >started"]}}}""");
        stage.WriteAgent("bob", Mail);

        var refused = await stage.ExecuteAsync("bob", """{"action_id":"send"}""");
        var listed = (await stage.SendAsync(HttpMethod.Get, "/agents/bob/actions")).Json;

        Assert.Equal((409, "no_runner"), (refused.Status, refused.Json.Text("code")));
        Assert.Contains("--no-runner", listed.GetProperty("faults")[0].Text("error"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", 422)]
    [InlineData("""{"action_id":"calculator","parameters":[]}""", 422)]
    [InlineData("""{"action_id":"calculator","parameters":{"a":1,"a":2}}""", 400)]
    [InlineData("""{"action_id":""", 400)]
    public async Task A_call_that_cannot_be_read_is_refused(string json, int status)
    {
        await using var stage = await ToolStage.OpenAsync();

        var refused = await stage.ExecuteAsync("bob", json);

        Assert.Equal((status, "False"), (refused.Status, refused.Json.Text("ok")));
    }

    [Fact]
    public async Task The_typed_client_lists_and_calls()
    {
        await using var stage = await ToolStage.OpenAsync();
        stage.WriteAgent("bob", Mail);
        using var client = new OrchestratorClient(new ServerAddress(stage.Server.Url.ToString().TrimEnd('/'), stage.Server.Host.Token, TokenSource.Environment));

        var listed = await client.Actions.ListAsync("bob", TestContext.Current.CancellationToken);
        var called = await client.Actions.ExecuteAsync("bob", "half", cancel: TestContext.Current.CancellationToken);
        var refusal = await Assert.ThrowsAsync<ProductException>(() => client.Actions.ExecuteAsync("bob", "none", cancel: TestContext.Current.CancellationToken));

        Assert.Equal(8, listed.Actions.Count);
        Assert.Equal("ok", called.Outcome);
        Assert.Equal(ErrorCode.NotFound, refusal.Code);
    }
}
