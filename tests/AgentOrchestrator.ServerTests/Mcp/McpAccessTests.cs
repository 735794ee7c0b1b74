using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.ServerTests.Access;

namespace AgentOrchestrator.ServerTests.Mcp;

/// <summary>Who gets in at <c>/mcp</c>, and what for.</summary>
public sealed class McpAccessTests
{
    const string Initialize =
        """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""";

    const string Ping = """{"jsonrpc":"2.0","id":2,"method":"ping"}""";
    const string SessionHeader = "Mcp-Session-Id";

    [Fact]
    public async Task Without_a_token_or_with_a_wrong_one_nobody_gets_in()
    {
        await using var server = await GuardedServer.StartAsync();

        await (await server.SendAsync(HttpMethod.Post, "/mcp", json: Initialize)).AssertProblemAsync(401, "unauthenticated");
        await (await server.SendAsync(HttpMethod.Post, "/mcp", "ao_wrong", Initialize)).AssertProblemAsync(401, "unauthenticated");
        await (await server.SendAsync(HttpMethod.Post, "/mcp", await server.TokenOfAsync(Role.Runner), Initialize)).AssertProblemAsync(403, "forbidden");
    }

    [Theory]
    [InlineData("Host", "evil.example")]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    public async Task Pages_and_names_of_others_are_kept_out_also_without_authentication(string header, string value)
    {
        await using var server = await TestServer.StartAsync();

        using var answer = await server.SendAsync(HttpMethod.Post, "/mcp", json: Initialize, headers: (header, value));

        Assert.Equal(403, (int)answer.StatusCode);
    }

    [Fact]
    public async Task A_session_is_its_principals_alone_and_gone_when_it_is_deleted()
    {
        await using var server = await GuardedServer.StartAsync();
        var (mine, other) = (await server.TokenOfAsync(Role.Operator), await server.TokenOfAsync(Role.Operator));
        var session = await BeginAsync(server, mine);

        Assert.Equal(200, await PingAsync(server, mine, session));
        await AssertNotFoundAsync(server, HttpMethod.Post, other, session);
        await AssertNotFoundAsync(server, HttpMethod.Post, server.Host.Token!, session);
        await AssertNotFoundAsync(server, HttpMethod.Delete, other, session);
        await AssertNotFoundAsync(server, HttpMethod.Post, mine, new string('0', session.Length));
        Assert.Equal(200, await PingAsync(server, mine, session));

        using var ended = await server.SendAsync(HttpMethod.Delete, "/mcp", mine, headers: (SessionHeader, session));
        Assert.Equal(204, (int)ended.StatusCode);
        await AssertNotFoundAsync(server, HttpMethod.Post, mine, session);
        await AssertNotFoundAsync(server, HttpMethod.Delete, mine, session);
        Assert.NotEqual(session, await BeginAsync(server, mine));
    }

    [Fact]
    public async Task The_session_that_has_rested_longest_makes_room_for_another()
    {
        await using var server = await GuardedServer.StartAsync(options => options with { MaxMcpSessions = 2 });
        var token = server.Host.Token!;
        var (first, second) = (await BeginAsync(server, token), await BeginAsync(server, token));
        Assert.Equal(200, await PingAsync(server, token, first));

        var third = await BeginAsync(server, token);

        await AssertNotFoundAsync(server, HttpMethod.Post, token, second);
        Assert.Equal(200, await PingAsync(server, token, first));
        Assert.Equal(200, await PingAsync(server, token, third));
    }

    [Fact]
    public async Task What_cannot_be_a_message_is_refused_in_words()
    {
        await using var server = await GuardedServer.StartAsync();
        var token = server.Host.Token!;
        var big = Initialize.Replace("clientInfo", new string('x', 1024 * 1024), StringComparison.Ordinal);

        await (await server.SendAsync(HttpMethod.Post, "/mcp", token, "{")).AssertProblemAsync(400, "malformed");
        await (await server.SendAsync(HttpMethod.Post, "/mcp", token, "[]")).AssertProblemAsync(422, "invalid");
        await (await server.SendAsync(HttpMethod.Post, "/mcp", token, "{}")).AssertProblemAsync(422, "invalid");
        await (await server.SendAsync(HttpMethod.Post, "/mcp", token, big)).AssertProblemAsync(413, "too_large");
        await (await server.SendAsync(HttpMethod.Post, "/mcp", token, Ping)).AssertProblemAsync(400, "mcp_session");
        await (await server.SendAsync(HttpMethod.Delete, "/mcp", token)).AssertProblemAsync(400, "mcp_session");
        await (await server.SendAsync(HttpMethod.Post, "/mcp", token, Initialize, ("MCP-Protocol-Version", "1999-01-01"))).AssertProblemAsync(400, "mcp_version");
        await (await server.SendAsync(HttpMethod.Post, "/mcp", token, Initialize, ("Accept", "text/html"))).AssertProblemAsync(400, "malformed");
        Assert.Equal(405, (int)(await server.SendAsync(HttpMethod.Get, "/mcp", token)).StatusCode);
    }

    [Fact]
    public async Task A_tool_does_for_a_caller_what_its_role_may_over_http()
    {
        await using var server = await GuardedServer.StartAsync();
        await using var viewer = await server.ConnectAsync(await server.TokenOfAsync(Role.Viewer));

        Assert.NotEqual(true, (await viewer.CallAsync("list_agent_blueprints")).IsError);
        var refused = await viewer.CallAsync("start_agent_session", new { prompt = "p" });

        Assert.True(refused.IsError);
        Assert.Equal("forbidden", refused.Member("code"));
        Assert.Contains("needs the role operator or agent", refused.Said(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2025-11-25")]
    [InlineData(null)]
    public async Task The_token_of_a_run_speaks_for_its_session_and_what_is_below_it(string? version)
    {
        await using var server = await GuardedServer.StartAsync();
        await server.JsonAsync("/sessions", """{"session_id":"stranger"}""");
        var boss = await server.ClaimAsync("boss");
        await using var agent = await server.ConnectAsync(boss.Token, version, ("X-Agent-Session-Id", "stranger"));

        var started = await agent.CallAsync("start_agent_session", new { prompt = "p", session_name = "kid", mode = "async_callback" });

        var kid = (await GuardedServer.ReadJsonAsync(await server.SendAsync(HttpMethod.Get, "/sessions/kid", server.Host.Token))).GetProperty("session");
        Assert.Equal(("boss", "async_callback"), (kid.Text("parent_session_name"), kid.Text("execution_mode")));
        Assert.Equal(kid.Text("parent_session_id"), started.Member("callback_to"));
        var listed = (await agent.CallAsync("list_agent_sessions")).StructuredContent!.Value.GetProperty("result").EnumerateArray();
        Assert.Equal(["boss", "kid"], listed.Select(session => session.Text("session_name")).Order(StringComparer.Ordinal));
        Assert.Equal("not_found", (await agent.CallAsync("stop_agent_session", new { session_id = "stranger" })).Member("code"));
        Assert.Equal("forbidden", (await agent.CallAsync("delete_all_agent_sessions")).Member("code"));
    }

    [Fact]
    public async Task Without_authentication_a_header_says_which_session_calls()
    {
        await using var server = await TestServer.StartAsync();
        await server.Client.PostJsonAsync("/sessions", new { session_id = "boss" });
        await using var client = await server.ConnectAsync(headers: ("X-Agent-Session-Name", "boss"));
        await using var unfilled = await server.ConnectAsync(headers: ("X-Agent-Session-Name", "${AGENT_SESSION_NAME}"));

        await client.CallAsync("start_agent_session", new { prompt = "p", session_name = "kid", callback = true });
        await unfilled.CallAsync("start_agent_session", new { prompt = "p", session_name = "orphan", async_mode = true });

        Assert.Equal("boss", (await server.Client.GetJsonAsync("/sessions/kid")).GetProperty("session").Text("parent_session_name"));
        Assert.Equal("", (await server.Client.GetJsonAsync("/sessions/orphan")).GetProperty("session").Text("parent_session_name"));
    }

    static async Task<string> BeginAsync(TestServer server, string token)
    {
        using var answer = await server.SendAsync(HttpMethod.Post, "/mcp", token, Initialize);
        Assert.Equal(200, (int)answer.StatusCode);
        await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return Assert.Single(answer.Headers.GetValues(SessionHeader));
    }

    static async Task<int> PingAsync(TestServer server, string token, string session)
    {
        using var answer = await server.SendAsync(HttpMethod.Post, "/mcp", token, Ping, (SessionHeader, session));
        await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (int)answer.StatusCode;
    }

    static async Task AssertNotFoundAsync(TestServer server, HttpMethod method, string token, string session)
    {
        using var answer = await server.SendAsync(method, "/mcp", token, method == HttpMethod.Post ? Ping : null, (SessionHeader, session));
        await answer.AssertProblemAsync(404, "mcp_session");
    }
}
