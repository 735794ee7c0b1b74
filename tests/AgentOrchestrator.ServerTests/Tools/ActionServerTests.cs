using System.Text.Json;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.ServerTests.Access;
using AgentOrchestrator.ServerTests.Cli;
using AgentOrchestrator.Tests.Tools;

namespace AgentOrchestrator.ServerTests.Tools;

/// <summary>Which tool servers there are, and who has which.</summary>
public sealed class ActionServerTests
{
    const string Assign = "/agents/assign-action-server";
    const string Remove = "/agents/remove-action-server";

    [Fact]
    public async Task An_assigned_server_is_written_where_its_owner_alone_reads_it_and_what_else_was_there_stays()
    {
        await using var stage = await ToolStage.OpenAsync();
        stage.WriteAgent("bob", """{"agent_name":"bob","note":"kept","action_server":null}""");

        var given = await stage.SendAsync(HttpMethod.Post, Assign, """{"agent_name":"BOB","action_server":"mail"}""");
        var path = Path.Combine(stage.Server.DataDir, "agent_configs", "bob.json");
        var written = JsonElement.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        var called = await stage.ExecuteAsync("bob", """{"action_id":"send","parameters":{"to":"ann"}}""");

        Assert.Equal(
            """{"ok":true,"message":"The agent 'bob' has the tool server 'mail' now.","agent_restarted":false,"note":"It offers 7 actions. It holds from the agent's next call on; nothing is restarted."}""",
            given.Json.GetRawText());
        Assert.Equal("""{"agent_name":"bob","note":"kept","action_server":"mail","actions":[]}""", JsonSerializer.Serialize(written));
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(path) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.Equal("ok", called.Json.Text("outcome"));

        var taken = await stage.SendAsync(HttpMethod.Post, Remove, """{"agent_name":"bob"}""");
        var again = await stage.SendAsync(HttpMethod.Post, Remove, """{"agent_name":"bob"}""");

        Assert.Equal((200, "The agent 'bob' has no tool server any more."), (taken.Status, taken.Json.Text("message")));
        Assert.Equal((400, "the agent 'bob' has no tool server", "False"), (again.Status, again.Json.Text("error"), again.Json.Text("ok")));
        Assert.Equal(404, (await stage.ExecuteAsync("bob", """{"action_id":"send","parameters":{"to":"ann"}}""")).Status);
        Assert.Equal(["bob.json"], Directory.GetFiles(Path.GetDirectoryName(path)!).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(Assign, """{"agent_name":"bob","action_server":"none"}""", 404)]
    [InlineData(Assign, """{"agent_name":"nobody","action_server":"mail"}""", 404)]
    [InlineData(Assign, """{"agent_name":"../../bob","action_server":"mail"}""", 404)]
    [InlineData(Assign, """{"agent_name":"bob","action_server":"lost"}""", 409)]
    [InlineData(Assign, """{"agent_name":"bob"}""", 422)]
    [InlineData(Assign, """{"action_server":"mail"}""", 422)]
    [InlineData(Remove, """{"agent_name":"nobody"}""", 404)]
    [InlineData(Remove, "{}", 422)]
    public async Task What_cannot_be_assigned_is_refused(string path, string json, int status)
    {
        await using var stage = await ToolStage.OpenAsync();
        stage.WriteServers("""{"servers":{"mail":{"url":"https://mail.example"},"lost":{"url":"https://${NO_SUCH_HOST}"}}}""");

        var refused = await stage.SendAsync(HttpMethod.Post, path, json);

        Assert.Equal((status, "False"), (refused.Status, refused.Json.Text("ok")));
        Assert.False(Directory.Exists(Path.Combine(stage.Server.DataDir, "agent_configs")));
    }

    [Fact]
    public async Task Only_owners_assign()
    {
        await using var stage = await ToolStage.OpenAsync();
        foreach (var role in new[] { Role.Operator, Role.Viewer, Role.Agent })
        {
            var token = await stage.Server.TokenOfAsync(role);

            Assert.Equal(403, (await stage.SendAsync(HttpMethod.Post, Assign, """{"agent_name":"bob","action_server":"mail"}""", token)).Status);
            Assert.Equal(403, (await stage.SendAsync(HttpMethod.Post, Remove, """{"agent_name":"bob"}""", token)).Status);
        }
    }

    [Fact]
    public async Task An_agent_of_the_name_of_a_deleted_one_begins_without_its_server()
    {
        await using var stage = await ToolStage.OpenAsync();
        await stage.SendAsync(HttpMethod.Post, Assign, """{"agent_name":"bob","action_server":"mail"}""");

        using var deleted = await stage.Server.SendAsync(HttpMethod.Delete, "/agents/bob", stage.Server.Host.Token);
        await stage.AddAgentAsync("bob");

        Assert.Equal(204, (int)deleted.StatusCode);
        Assert.Equal(["calculator"], IdsOf((await stage.SendAsync(HttpMethod.Get, "/agents/bob/actions")).Json));
    }

    [Fact]
    public async Task Servers_are_listed_without_what_may_be_secret_and_with_what_is_wrong()
    {
        await using var stage = await ToolStage.OpenAsync();
        stage.WriteServers(
            """
            {"servers":{"mail":{"name":"Mail","url":"https://me:secret@mail.example/x?key=secret","token":"secret","description":"Email"},
            "files":{"command":"files","args":["--key","secret"]},"lost":{"url":"https://${NO_SUCH_HOST}"}}}
            """);

        var servers = (await stage.SendAsync(HttpMethod.Get, "/action-servers/available", token: await stage.Server.TokenOfAsync(Role.Viewer))).Json;

        Assert.Equal(
            """
            {"servers":[{"id":"mail","name":"Mail","description":"Email","type":"mcp","url":"https://mail.example/x","state":"unknown","actions":null,"last_error":null,"last_error_at":null},{"id":"files","name":"files","description":"","type":"stdio","url":null,"state":"unknown","actions":null,"last_error":null,"last_error_at":null}],"faults":[{"server":"lost","error":"The variable NO_SUCH_HOST is not set."}]}
            """,
            servers.GetRawText());
    }

    [Fact]
    public async Task Owners_see_the_whole_command_of_a_program_with_variables_by_their_names()
    {
        await using var stage = await ToolStage.OpenAsync(options => options with { NoRunner = false, ToolVariables = new Dictionary<string, string> { ["KEY"] = "s3cret" } });
        stage.WriteServers("""{"servers":{"files":{"command":"no-such-files","args":["--key","${KEY}","/srv"]}}}""");

        var listed = (await stage.SendAsync(HttpMethod.Get, "/action-servers/available")).Json;
        var given = (await stage.SendAsync(HttpMethod.Post, Assign, """{"agent_name":"bob","action_server":"files"}""")).Json;

        Assert.Equal(
            ("no-such-files --key ${KEY} /srv", Path.Combine(stage.Server.DataDir, "action_servers.json")),
            (listed.GetProperty("servers")[0].Text("command"), listed.Text("file")));
        Assert.StartsWith("It is a program, started as: no-such-files --key ${KEY} /srv It could not be asked", given.Text("note"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_gateway_has_is_for_agents_that_are_assigned_it()
    {
        await using var gateway = new LoopbackServer(request => request.Path == "/api/v1/tools"
            ? LoopbackServer.Json("""[{"name":"search","serverName":"web","description":"Finds pages"}]""")
            : LoopbackServer.Json($$"""{"result":{{request.Body}}}"""));
        await using var stage = await ToolStage.OpenAsync(options => options with { GatewayUrl = gateway.Address(), GatewayToken = "s3cret" });
        const string Call = """{"action_id":"web__search","parameters":{"q":"milk"}}""";

        Assert.Equal(404, (await stage.ExecuteAsync("bob", Call)).Status);
        await stage.SendAsync(HttpMethod.Post, Assign, """{"agent_name":"bob","action_server":"gateway"}""");
        var called = (await stage.ExecuteAsync("bob", Call)).Json;
        var run = (await stage.ExecuteAsync("bob", Call, await stage.RunOfAsync("bob"))).Json;

        Assert.Equal(("ok", "gateway", "True"), (called.Text("outcome"), called.Text("server"), called.Text("untrusted")));
        Assert.Equal(("bob", "user"), (called.GetProperty("result").Text("callerId"), called.GetProperty("result").Text("callerType")));
        Assert.Equal("agent", run.GetProperty("result").Text("callerType"));
        Assert.Equal(404, (await stage.ExecuteAsync("eve", Call)).Status);
        Assert.Equal(["Bearer s3cret"], gateway.Requests.Select(request => request["Authorization"]).Distinct());
        var servers = (await stage.SendAsync(HttpMethod.Get, "/action-servers/available")).Json.GetProperty("servers");
        Assert.Equal(
            ("gateway", "gateway", "ok", "1"), (servers[1].Text("id"), servers[1].Text("type"), servers[1].Text("state"), servers[1].Text("actions")));
    }

    [Fact]
    public async Task An_address_inside_says_which_setting_opens_it()
    {
        await using var stage = await ToolStage.OpenAsync(options => options with { ToolNetworks = [] });
        stage.WriteAgent("bob", """{"action_server":"mail"}""");

        var refused = (await stage.ExecuteAsync("bob", """{"action_id":"send","parameters":{"to":"ann"}}""")).Json;

        Assert.Contains("an administrator must list its network in TOOL_PRIVATE_NETWORKS", refused.Text("error"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_servers_ao_says_where_their_file_belongs()
    {
        await using var stage = await ToolStage.OpenAsync(options => options with { NoAuth = true });
        var file = Path.Combine(stage.Server.DataDir, "action_servers.json");
        File.Delete(file);

        var said = await new AoProgram(stage.Server.Url, stage.Server.Folder).RunAsync("ao actions servers");

        Assert.StartsWith($"No tool servers found. They are described in {file} on the server's host", said.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Actions_of_all_agents_are_listed_and_searched_and_a_run_sees_its_own()
    {
        await using var stage = await ToolStage.OpenAsync();
        await stage.SendAsync(HttpMethod.Post, Assign, """{"agent_name":"bob","action_server":"mail"}""");

        var all = (await stage.SendAsync(HttpMethod.Get, "/actions/all")).Json;
        var byName = (await stage.SendAsync(HttpMethod.Get, "/actions/search?query=SEND")).Json;
        var byDescription = (await stage.SendAsync(HttpMethod.Get, "/actions/search?query=one%20person")).Json;
        var own = (await stage.SendAsync(HttpMethod.Get, "/actions/all", token: await stage.RunOfAsync("eve"))).Json;

        var agents = all.Text("total_agents");
        Assert.Equal((int.Parse(agents) + 7).ToString(), all.Text("total_actions"));
        Assert.Equal(("SEND", "1"), (byName.Text("query"), byName.Text("total_matches")));
        Assert.Equal(("bob", "Does things", "high"), Of(byName.GetProperty("matches")[0]));
        Assert.Equal(("bob", "Does things", "medium"), Of(byDescription.GetProperty("matches")[0]));
        Assert.Equal(("1", "1"), (own.Text("total_agents"), own.Text("total_actions")));
        Assert.Equal(400, (await stage.SendAsync(HttpMethod.Get, "/actions/search")).Status);

        static (string, string, string) Of(JsonElement match) => (match.Text("agent_name"), match.Text("agent_role"), match.Text("relevance"));
    }

    [Fact]
    public async Task A_list_is_believed_until_it_is_asked_for_anew()
    {
        var name = "before";
        await using var service = new LoopbackServer(_ => LoopbackServer.Json(
            $$$"""{"openapi":"3.1.0","paths":{"/do":{"post":{"operationId":"{{{name}}}"} } } }"""));
        await using var stage = await ToolStage.OpenAsync();
        stage.WriteServers($$$"""{"servers":{"mail":{"url":"http://127.0.0.1:{{{service.Port}}}/","type":"openapi"} } }""");
        await stage.SendAsync(HttpMethod.Post, Assign, """{"agent_name":"bob","action_server":"mail"}""");
        name = "after";

        var believed = (await stage.SendAsync(HttpMethod.Get, "/agents/bob/actions")).Json;
        var refreshed = (await stage.SendAsync(HttpMethod.Post, "/agents/bob/actions/refresh")).Json;
        var anew = (await stage.SendAsync(HttpMethod.Get, "/agents/bob/actions")).Json;

        Assert.Equal(["calculator", "before"], IdsOf(believed));
        Assert.Equal(("The agent 'bob' has 2 actions.", "All of its servers answered."), (refreshed.Text("message"), refreshed.Text("note")));
        Assert.Equal(["calculator", "after"], IdsOf(anew));
        Assert.Equal(200, (await stage.SendAsync(HttpMethod.Post, "/actions/reload")).Status);
    }

    [Fact]
    public async Task A_chat_agent_has_the_http_servers_of_its_own_definition_with_the_variables_that_it_names()
    {
        var variables = new Dictionary<string, string>();
        await using var stage = await ToolStage.OpenAsync(options => options with { ToolVariables = variables });
        (variables["DOOR"], variables["KEY"]) = (stage.Server.Url.ToString() + "mcp", stage.Server.Host.Token!);
        const string Servers = """{"door":{"type":"http","url":"${DOOR}","headers":{"Authorization":"Bearer ${KEY}"}},"files":{"command":"files"}}""";
        await stage.AddAgentAsync("max", $$""","executor":"chat","env":["DOOR","KEY"],"mcp_servers":{{Servers}}""");
        await stage.AddAgentAsync("poor", $$""","executor":"chat","env":["DOOR"],"mcp_servers":{{Servers}}""");

        var listed = (await stage.SendAsync(HttpMethod.Get, "/agents/max/actions")).Json;
        var called = (await stage.ExecuteAsync("max", """{"action_id":"mcp__door__list_agent_blueprints"}""")).Json;
        var poor = (await stage.SendAsync(HttpMethod.Get, "/agents/poor/actions")).Json;

        Assert.Contains("mcp__door__list_agent_blueprints", IdsOf(listed));
        Assert.Contains("is a program", listed.GetProperty("faults")[0].Text("error"), StringComparison.Ordinal);
        Assert.Equal(("ok", "door"), (called.Text("outcome"), called.Text("server")));
        Assert.Contains("max", called.Text("result"), StringComparison.Ordinal);
        Assert.Equal(["calculator"], IdsOf(poor));
        Assert.Equal("The variable KEY is not set.", poor.GetProperty("faults")[0].Text("error"));
    }

    [Fact]
    public async Task Ao_assigns_lists_finds_calls_and_takes_away()
    {
        await using var stage = await ToolStage.OpenAsync(options => options with { NoAuth = true });
        var ao = new AoProgram(stage.Server.Url, stage.Server.Folder);

        Assert.Contains("mail", (await ao.RunAsync("ao actions servers")).Out, StringComparison.Ordinal);
        Assert.StartsWith("The agent 'bob' has the tool server 'mail' now.", (await ao.RunAsync("ao actions assign bob mail")).Out, StringComparison.Ordinal);
        Assert.Contains("to,[copies]", (await ao.RunAsync("ao actions list bob")).Out, StringComparison.Ordinal);
        Assert.Contains("send", (await ao.RunAsync("ao actions search SEND")).Out, StringComparison.Ordinal);
        Assert.Equal("42\n", (await ao.RunAsync("""ao actions run bob calculator {"expression":"6*7"}""")).Out);
        var failed = await ao.RunAsync("ao actions run bob send");
        Assert.Equal((1, "Error: send: 'to' is required.\n"), (failed.ExitCode, failed.Error));
        Assert.Equal("The agent 'bob' has 8 actions. All of its servers answered.\n", (await ao.RunAsync("ao actions refresh bob")).Out);
        Assert.StartsWith("The agent 'bob' has no tool server any more.", (await ao.RunAsync("ao actions remove bob")).Out, StringComparison.Ordinal);
        Assert.Equal(1, (await ao.RunAsync("ao actions remove bob")).ExitCode);
    }

    static IEnumerable<string> IdsOf(JsonElement listed) => listed.GetProperty("actions").EnumerateArray().Select(action => action.Text("id"));
}
