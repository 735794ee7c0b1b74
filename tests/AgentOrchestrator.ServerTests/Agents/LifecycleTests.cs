using System.Text.Json;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.ServerTests.Access;

namespace AgentOrchestrator.ServerTests.Agents;

/// <summary>Agents that are started, stopped, created and deleted by name.</summary>
public sealed class LifecycleTests : IAsyncLifetime
{
    TestServer _server = null!;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    string Books => Path.Combine(_server.DataDir, "runbooks");

    public async ValueTask InitializeAsync() =>
        _server = await GuardedServer.StartAsync(options => options with { Coordinator = options.Coordinator with { HasDemoAgents = false } });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task An_agent_is_created_with_its_runbook_stopped_started_and_deleted_as_asked()
    {
        var created = await SendAsync("/agents/create", """{"name":"Mail Clerk","role":"Answers mail","capabilities":[{"name":"Send mail","description":"One at a time"}]}""");
        Assert.Equal(
            """{"ok":true,"message":"Agent 'mail_clerk' created and started","agent_name":"mail_clerk","runbook_created":true,"action_server_assigned":false}""",
            created.Json.GetRawText());
        Assert.Contains("- **Send mail**\n  - One at a time\n", await File.ReadAllTextAsync(Path.Combine(Books, "mail_clerk.md"), Cancel), StringComparison.Ordinal);

        var agent = Assert.Single((await GetAsync("/agents")).Json.EnumerateArray());
        Assert.Equal(
            ("mail_clerk", "Answers mail", "agent:mail_clerk:inbox", "/agents/mail_clerk", "running", "active"),
            (agent.Text("id"), agent.Text("role"), agent.Text("inbox_topic"), agent.Text("status_endpoint"), agent.Text("state"), agent.Text("status")));
        Assert.Equal(agent.Text("modified_at"), agent.Text("last_seen_at"));
        Assert.Contains("One at a time", agent.Text("system_prompt"), StringComparison.Ordinal);
        Assert.Equal("""[{"agent":"mail_clerk","capability":"Send mail"}]""", (await GetAsync("/agents/capabilities")).Json.GetRawText());
        Assert.Equal("""["mail_clerk"]""", (await GetAsync("/agents/available")).Json.GetRawText());
        Assert.Equal("Answers mail", (await GetAsync("/agents/runbooks/Mail_Clerk")).Json.Text("role"));

        Assert.Equal((409, "already_running", "False"), Refused(await SendAsync("/agents/start", """{"name":"mail_clerk"}""")));
        Assert.Equal("""{"ok":true,"message":"Agent 'mail_clerk' stopped","runs_stopped":0}""", (await SendAsync("/agents/stop", """{"name":"MAIL_CLERK"}""")).Json.GetRawText());
        Assert.Equal((409, "not_running", "False"), Refused(await SendAsync("/agents/mail_clerk/stop", null)));
        Assert.Equal(("stopped", "inactive"), await StateAsync("mail_clerk"));

        await File.AppendAllTextAsync(Path.Combine(Books, "mail_clerk.md"), "\n## Key Principles\n\nBe brief.\n", Cancel);
        Assert.Equal("""{"ok":true,"message":"Agent 'mail_clerk' started"}""", (await SendAsync("/agents/start", """{"name":"mail_clerk"}""")).Json.GetRawText());
        Assert.Contains("Be brief.", (await GetAsync("/agents/mail_clerk")).Json.Text("system_prompt"), StringComparison.Ordinal);

        Assert.Equal(
            """{"ok":true,"message":"Agent 'mail_clerk' deleted","runbook_removed":false,"config_removed":false,"process_stopped":true}""",
            (await SendAsync("/agents/delete", """{"name":"mail_clerk"}""")).Json.GetRawText());
        Assert.Equal("[]", (await GetAsync("/agents")).Json.GetRawText());
        Assert.Equal(1, (await GetAsync("/agents/runbooks")).Json.GetArrayLength());

        Assert.Equal(200, (await SendAsync("/agents/start", """{"name":"mail_clerk"}""")).Status);
        Assert.Equal("True", (await SendAsync("/agents/delete", """{"name":"mail_clerk","remove_runbook":true}""")).Json.Text("runbook_removed"));
        Assert.Equal((404, "not_found", "False"), Refused(await SendAsync("/agents/start", """{"name":"mail_clerk"}""")));
        Assert.Empty(Directory.GetFiles(Books));
    }

    [Fact]
    public async Task Stopping_an_agent_stops_its_runs_and_no_other_ones()
    {
        foreach (var name in new[] { "clerk", "other" })
        {
            await SendAsync("/agents/create", $$"""{"name":"{{name}}","role":"Helps"}""");
            await SendAsync("/runs", $$"""{"type":"start_session","session_name":"of-{{name}}","agent_name":"{{name}}","prompt":"hello"}""");
        }

        Assert.Equal("1", (await SendAsync("/agents/stop", """{"name":"clerk"}""")).Json.Text("runs_stopped"));

        Assert.Equal("stopped", (await GetAsync("/sessions/of-clerk/status")).Json.Text("status"));
        Assert.Equal("pending", (await GetAsync("/sessions/of-other/status")).Json.Text("status"));
        Assert.Equal(409, (await SendAsync("/runs", """{"type":"resume_session","session_name":"of-clerk","prompt":"again"}""")).Status);
    }

    [Fact]
    public async Task The_default_agent_cannot_be_deleted_by_any_route()
    {
        await SendAsync("/agents/create", """{"name":"assistant","role":"Answers"}""");

        Assert.Equal((409, "default_agent", "False"), Refused(await SendAsync("/agents/delete", """{"name":"Assistant","remove_runbook":true}""")));
        using var deleted = await _server.SendAsync(HttpMethod.Delete, "/agents/ASSISTANT", _server.Host.Token);
        Assert.Equal(409, (int)deleted.StatusCode);
        Assert.Equal(200, (await SendAsync("/agents/stop", """{"name":"assistant"}""")).Status);
        Assert.Single(Directory.GetFiles(Books));
    }

    [Fact]
    public async Task A_creation_that_is_refused_leaves_the_orphaned_runbook_as_it_was()
    {
        Directory.CreateDirectory(Books);
        await File.WriteAllTextAsync(Path.Combine(Books, "clerk.md"), "# mine\n", Cancel);

        Assert.Equal(404, (await SendAsync("/agents/create", """{"name":"clerk","role":"r","action_server":"none"}""")).Status);
        Assert.Equal(422, (await SendAsync("/agents/create", """{"name":"clerk","role":"r","capabilities":[{"description":"nameless"}]}""")).Status);
        Assert.Equal("# mine\n", await File.ReadAllTextAsync(Path.Combine(Books, "clerk.md"), Cancel));

        Assert.Equal(200, (await SendAsync("/agents/create", """{"name":"clerk","role":"r"}""")).Status);
        Assert.Equal((409, "conflict", "False"), Refused(await SendAsync("/agents/create", """{"name":"Clerk","role":"r"}""")));
        Assert.StartsWith("# Clerk Agent Runbook\n", await File.ReadAllTextAsync(Path.Combine(Books, "clerk.md"), Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/agents/start", """{"name":"../../etc/passwd"}""", 404)]
    [InlineData("/agents/start", """{"name":"runbooks"}""", 404)]
    [InlineData("/agents/start", "{}", 422)]
    [InlineData("/agents/stop", """{"name":""}""", 422)]
    [InlineData("/agents/stop", """{"name":"nobody"}""", 404)]
    [InlineData("/agents/create", """{"name":"../x","role":"r"}""", 400)]
    [InlineData("/agents/create", """{"name":"capabilities","role":"r"}""", 400)]
    [InlineData("/agents/create", """{"name":"bоb","role":"r"}""", 400)]
    [InlineData("/agents/create", """{"name":"x","role":"r","capabilities":[{"name":"###"}]}""", 422)]
    [InlineData("/agents/create", """{"name":"x","role":"r","capabilities":[null]}""", 422)]
    [InlineData("/agents/delete", """{"name":"..","remove_runbook":true}""", 404)]
    [InlineData("/agents/runbooks", """{"agent_name":"../x"}""", 400)]
    [InlineData("/agents/runbooks", """{"agent_name":"x","capabilities":[{"name":"a","parameters":{"a:b":"c"}}]}""", 422)]
    public async Task What_makes_no_sense_is_refused_and_writes_nothing(string path, string json, int status)
    {
        var refused = await SendAsync(path, json);

        Assert.Equal((status, "False"), (refused.Status, refused.Json.Text("ok")));
        Assert.True(refused.Json.Text("error").Length > 0);
        Assert.False(Directory.Exists(Books));
    }

    [Fact]
    public async Task Operators_start_and_stop_and_owners_alone_create_and_delete()
    {
        await SendAsync("/agents/create", """{"name":"clerk","role":"r"}""");
        foreach (var (role, path, status) in new[]
        {
            (Role.Viewer, "/agents/start", 403), (Role.Viewer, "/agents/stop", 403), (Role.Operator, "/agents/stop", 200), (Role.Operator, "/agents/start", 200),
            (Role.Operator, "/agents/create", 403), (Role.Operator, "/agents/delete", 403), (Role.Operator, "/agents/runbooks", 403), (Role.Agent, "/agents/stop", 403),
        })
        {
            Assert.Equal(status, (await SendAsync(path, """{"name":"clerk","role":"r","agent_name":"clerk"}""", await _server.TokenOfAsync(role))).Status);
        }
    }

    [Fact]
    public async Task Runbooks_make_agents_at_the_next_start_unless_somebody_deleted_theirs_and_what_was_stopped_stays_stopped()
    {
        Directory.CreateDirectory(Books);
        await File.WriteAllTextAsync(Path.Combine(Books, "fresh.md"), "# Fresh Agent Runbook\n\n## Role\n\nIs new.\n", Cancel);
        await SendAsync("/agents/create", """{"name":"gone","role":"r"}""");
        await SendAsync("/agents/delete", """{"name":"gone"}""");
        await SendAsync("/agents/create", """{"name":"quiet","role":"r"}""");
        await SendAsync("/agents/stop", """{"name":"quiet"}""");

        await _server.StopAsync();
        await _server.StartAgainAsync();

        Assert.Equal(["fresh", "quiet"], (await GetAsync("/agents")).Json.EnumerateArray().Select(agent => agent.Text("name")));
        Assert.Equal(("running", "active"), await StateAsync("fresh"));
        Assert.Equal(("stopped", "inactive"), await StateAsync("quiet"));
    }

    static (int, string, string) Refused(Answer answer) =>
        (answer.Status, answer.Json.TryGetProperty("code", out var code) ? code.GetString()! : "", answer.Json.Text("ok"));

    async Task<(string State, string Status)> StateAsync(string name)
    {
        var agent = (await GetAsync($"/agents/{name}")).Json;
        return (agent.Text("state"), agent.Text("status"));
    }

    Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null, null);

    Task<Answer> SendAsync(string path, string? json, string? token = null) => SendAsync(HttpMethod.Post, path, json, token);

    async Task<Answer> SendAsync(HttpMethod method, string path, string? json, string? token)
    {
        using var answer = await _server.SendAsync(method, path, token ?? _server.Host.Token, json);
        return new Answer((int)answer.StatusCode, await GuardedServer.ReadJsonAsync(answer));
    }

    sealed record Answer(int Status, JsonElement Json);
}
