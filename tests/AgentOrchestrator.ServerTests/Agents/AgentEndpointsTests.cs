using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace AgentOrchestrator.ServerTests.Agents;

public sealed class AgentEndpointsTests : IAsyncLifetime
{
    TestServer _server = null!;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _server = await TestServer.StartAsync(options => options with { Coordinator = options.Coordinator with { HasDemoAgents = false } });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task An_agent_is_created_shown_changed_and_deleted()
    {
        var (status, created) = await SendAsync("POST", "/agents", """
            {"name":"reviewer","description":"Reads code","system_prompt":"Be kind.","tags":["code"],"unknown":1,
             "mcp_servers":{"files":{"command":"serve","args":["."]}}}
            """);
        Assert.Equal(HttpStatusCode.Created, status);
        Assert.Equal(("active", "running", 1), (Text(created, "status"), Text(created, "state"), created!["revision"]!.GetValue<int>()));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$", Text(created, "created_at"));
        Assert.False(created.AsObject().ContainsKey("skills"));

        Assert.Equal("Be kind.", Text((await SendAsync("GET", "/agents/reviewer")).Body, "system_prompt"));
        var (_, patched) = await SendAsync("PATCH", "/agents/reviewer", """{"system_prompt":"","model":"m","tags":null}""");
        Assert.Equal(("m", "code"), (Text(patched, "model"), patched!["tags"]![0]!.GetValue<string>()));
        Assert.False(patched.AsObject().ContainsKey("system_prompt"));
        Assert.Equal("inactive", Text((await SendAsync("PATCH", "/agents/reviewer/status", """{"status":"inactive"}""")).Body, "status"));

        Assert.Equal((HttpStatusCode.NoContent, null), await SendAsync("DELETE", "/agents/reviewer"));
        var (gone, problem) = await SendAsync("GET", "/agents/reviewer");
        Assert.Equal((HttpStatusCode.NotFound, "Agent not found: reviewer"), (gone, Text(problem, "detail")));
    }

    [Fact]
    public async Task The_list_is_an_array_filtered_by_all_tags()
    {
        foreach (var (name, tags) in new[] { ("b", "\"x\",\"y\""), ("a", "\"x\"") })
        {
            await SendAsync("POST", "/agents", $$"""{"name":"{{name}}","description":"d","tags":[{{tags}}]}""");
        }

        Assert.Equal(["a", "b"], await NamesAsync("/agents"));
        Assert.Equal(["b"], await NamesAsync("/agents?tags=x,%20y,,"));
        Assert.Empty(await NamesAsync("/agents?tags=z"));
    }

    [Theory]
    [InlineData("""{"name":"../x","description":"d"}""", 400)]
    [InlineData("""{"name":"start","description":"d"}""", 400)]
    [InlineData("""{"description":"d"}""", 400)]
    [InlineData("""{"name":"x"}""", 422)]
    [InlineData("""{"name":"x","description":""}""", 422)]
    [InlineData("""{"name":"x","description":5}""", 422)]
    [InlineData("""{"name":"x","description":"d","tags":"t"}""", 422)]
    [InlineData("""{"name":"x","description":"d","mcp_servers":{"a":{"command":"c","colour":"red"}}}""", 422)]
    [InlineData("""{"name":"x","description":"d","mcp_servers":{"a":{"type":"http"}}}""", 422)]
    [InlineData("""{"name":"x","description":"d","max_turns":1.5}""", 422)]
    [InlineData("""{"name":"x","name":"y","description":"d"}""", 400)]
    [InlineData("""{"name":"x","description":"d"} 1""", 400)]
    [InlineData("""{"name":"x",""", 400)]
    [InlineData("[]", 422)]
    [InlineData("null", 422)]
    public async Task A_wrong_body_is_told_and_changes_nothing(string body, int expected)
    {
        var (status, problem) = await SendAsync("POST", "/agents", body);

        Assert.Equal(expected, (int)status);
        Assert.NotEmpty(Text(problem, "detail")!);
        Assert.Empty(await NamesAsync("/agents"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_server.AgentsDir));
    }

    [Fact]
    public async Task A_taken_name_is_a_conflict_without_regard_to_case()
    {
        await SendAsync("POST", "/agents", """{"name":"Writer","description":"d"}""");

        var (status, problem) = await SendAsync("POST", "/agents", """{"name":"wRITER","description":"d"}""");

        Assert.Equal((HttpStatusCode.Conflict, "Agent already exists: wRITER"), (status, Text(problem, "detail")));
    }

    [Fact]
    public async Task Of_two_creations_at_once_one_wins()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => SendAsync("POST", "/agents", """{"name":"x","description":"d"}""")));

        Assert.Single(answers, answer => answer.Status is HttpStatusCode.Created);
        Assert.All(answers.Where(answer => answer.Status is not HttpStatusCode.Created), answer => Assert.Equal(HttpStatusCode.Conflict, answer.Status));
    }

    [Theory]
    [InlineData("%2e%2e")]
    [InlineData("..%2f..%2fetc")]
    [InlineData("%252e%252e")]
    [InlineData("..%5c..%5cx")]
    [InlineData("a%00b")]
    [InlineData("%E2%80%AEx")]
    [InlineData(".disabled")]
    [InlineData("CON")]
    public async Task No_path_leaves_the_folder(string name)
    {
        await SendAsync("POST", "/agents", """{"name":"good","description":"d"}""");
        var before = Snapshot();

        await SendAsync("GET", $"/agents/{name}");
        foreach (var (method, path, body) in new (string, string, string?)[]
        {
            ("PATCH", $"/agents/{name}", """{"description":"x"}"""),
            ("PATCH", $"/agents/{name}/status", """{"status":"inactive"}"""),
            ("DELETE", $"/agents/{name}", null),
        })
        {
            Assert.InRange((int)(await SendAsync(method, path, body)).Status, 400, 499);
        }

        Assert.Equal(before, Snapshot());
    }

    [Fact]
    public async Task A_broken_agent_is_shown_beside_the_others_and_cannot_be_run()
    {
        Directory.CreateDirectory(Path.Combine(_server.AgentsDir, "broken"));
        await File.WriteAllTextAsync(Path.Combine(_server.AgentsDir, "broken", "agent.json"), "{", Cancel);
        await SendAsync("POST", "/agents", """{"name":"good","description":"d"}""");

        var agents = (await SendAsync("GET", "/agents")).Body!.AsArray();
        var (status, problem) = await SendAsync("POST", "/runs", """{"type":"start_session","agent_name":"broken","prompt":"x"}""");

        Assert.Equal(["failed", "running"], agents.Select(agent => Text(agent, "state")!));
        Assert.Contains("agent.json", Text(agents[0], "error"));
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("broken", Text(problem, "detail"));
    }

    [Fact]
    public async Task Agents_outlive_a_restart_with_their_revision()
    {
        await SendAsync("POST", "/agents", """{"name":"a","description":"d"}""");
        await SendAsync("PATCH", "/agents/a", """{"description":"e"}""");

        await _server.StopAsync();
        await _server.StartAgainAsync();

        Assert.Equal(2, (await SendAsync("GET", "/agents/a")).Body!["revision"]!.GetValue<int>());
    }

    static string? Text(JsonNode? body, string member) => body?[member]?.GetValue<string>();

    async Task<IEnumerable<string>> NamesAsync(string path) => (await SendAsync("GET", path)).Body!.AsArray().Select(agent => Text(agent, "name")!);

    async Task<(HttpStatusCode Status, JsonNode? Body)> SendAsync(string method, string path, string? body = null)
    {
        // As it is written: the client would take %2e%2e for a step up and not send it.
        var url = new Uri($"{_server.Url.GetLeftPart(UriPartial.Authority)}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(new HttpMethod(method), url);
        if (body is not null) { request.Content = new StringContent(body, Encoding.UTF8, "application/json"); }
        using var response = await _server.Client.SendAsync(request, Cancel);
        var isJson = response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) ?? false;
        return (response.StatusCode, isJson ? await response.Content.ReadFromJsonAsync<JsonNode>(Cancel) : null);
    }

    List<string> Snapshot() => [.. Directory.EnumerateFileSystemEntries(_server.Folder, "*", SearchOption.AllDirectories)
        .Where(path => !path.StartsWith(_server.DataDir, StringComparison.Ordinal))
        .Select(path => File.Exists(path) ? $"{path}: {File.ReadAllText(path)}" : path)
        .Order(StringComparer.Ordinal)];
}
