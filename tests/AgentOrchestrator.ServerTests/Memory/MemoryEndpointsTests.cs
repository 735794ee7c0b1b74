using System.Text.Json;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.ServerTests.Access;
using AgentOrchestrator.ServerTests.Cli;
using AgentOrchestrator.ServerTests.Live;

namespace AgentOrchestrator.ServerTests.Memory;

public sealed class MemoryEndpointsTests
{
    [Fact]
    public async Task What_is_stored_is_found_with_the_seeds_names_and_shape()
    {
        await using var server = await TestServer.StartAsync();
        var stored = await server.Client.PostJsonAsync(
            "/memories", new { text = "Ann likes blue whales", agent_id = "helper", metadata = new { type = "conversation" } }, expected: 201);
        await server.Client.PostJsonAsync("/memories", new { text = "Ben likes red foxes and whales", agent_id = "helper" }, expected: 201);

        var found = await server.Client.PostJsonAsync("/agents/memory/search", new { agent_id = "helper", query = "blue whales?", limit = 2 });

        Assert.Equal(("helper", "blue whales?", "words"), (found.Text("agent_id"), found.Text("query"), found.Text("searched_by")));
        Assert.True(found.TryGetProperty("timestamp", out _) && found.TryGetProperty("user_id", out _));
        var results = found.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(["Ann likes blue whales", "Ben likes red foxes and whales"], results.Select(result => result.Text("text")));
        Assert.Equal((0, "long_term", "conversation", stored.Text("memory_id")), (
            results[0].GetProperty("distance").GetDouble(), results[0].Text("source"), results[0].GetProperty("metadata").Text("type"), results[0].Text("memory_id")));
        Assert.InRange(results[1].GetProperty("distance").GetDouble(), 0.1, 0.9);
    }

    [Fact]
    public async Task A_search_never_shows_what_is_kept_for_another()
    {
        await using var server = await TestServer.StartAsync();
        await StoreAsync(server, "everybody", "{}");
        await StoreAsync(server, "of ann", """{"user_id":"ann"}""");
        await StoreAsync(server, "of ben", """{"user_id":"ben"}""");
        await StoreAsync(server, "of ann and helper", """{"user_id":"ann","agent_id":"helper"}""");

        Assert.Equal(["secret everybody"], await FindAsync(server, "{}"));
        Assert.Equal(["secret everybody", "secret of ann"], await FindAsync(server, """{"user_id":"ann"}"""));
        Assert.Equal(["secret everybody", "secret of ann", "secret of ann and helper"], await FindAsync(server, """{"user_id":"ann","agent_id":"HELPER"}"""));
        Assert.Empty(await FindAsync(server, """{"user_id":"ann","use_long_term":false}"""));
    }

    [Theory]
    [InlineData("\"quoted\" OR scope : * NEAR(a b) ^ - ' | & ! <-> :* \\")]
    [InlineData("🎂 ꙮ 鯨 \u202e \u0301")]
    [InlineData("?!")]
    public async Task A_query_of_any_text_is_answered(string query)
    {
        await using var server = await TestServer.StartAsync();
        await StoreAsync(server, "x", "{}");

        var found = await server.Client.PostJsonAsync("/memories/search", new { query });

        Assert.Equal((query, 0), (found.Text("query"), found.GetProperty("results").GetArrayLength()));
    }

    [Theory]
    [InlineData("""{"query":""}""", 422, "query")]
    [InlineData("""{}""", 422, "query")]
    [InlineData("""{"query":"a\u0000b"}""", 422, "NUL")]
    [InlineData("""{"query":"\ud800"}""", 400, "surrogate")]
    [InlineData("""{"query":"x","limit":0}""", 422, "limit")]
    [InlineData("""{"query":"x","limit":101}""", 422, "limit")]
    [InlineData("""{"query":"x","user_id":" "}""", 422, "user_id")]
    [InlineData("""{"query":"x","agent_id":"no name"}""", 422, "agent_id")]
    [InlineData("""{"query":"x","session_id":"none"}""", 404, "Session")]
    [InlineData("""{"query":"x","metadata_filter":{"a":1}}""", 422, "metadata_filter")]
    public async Task A_search_that_cannot_be_is_refused_in_words(string json, int status, string word)
    {
        await using var server = await TestServer.StartAsync();

        using var answer = await server.Client.TryAsync(HttpMethod.Post, "/memories/search", json);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains(word, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Long_texts_are_refused_in_words_and_long_queries_searched_by_their_beginning()
    {
        await using var server = await TestServer.StartAsync();
        await StoreAsync(server, "x", "{}");

        using (var tooLong = await server.Client.TryAsync(HttpMethod.Post, "/memories", new { text = new string('x', 65_537) }))
        {
            Assert.Contains("65536 characters", await tooLong.AssertProblemAsync(422, "invalid"), StringComparison.Ordinal);
        }

        using (var tooLarge = await server.Client.TryAsync(HttpMethod.Post, "/memories/search", new { query = new string('x', 1 << 20) }))
        {
            await tooLarge.AssertProblemAsync(413, "too_large");
        }

        var found = await server.Client.PostJsonAsync("/memories/search", new { query = "secret " + string.Join(' ', Enumerable.Range(0, 80_000)) });
        Assert.Equal(1, found.GetProperty("results").GetArrayLength());
    }

    [Fact]
    public async Task Secrets_are_cut_out_of_texts_and_metadata_and_refused_as_names()
    {
        await using var server = await TestServer.StartAsync();
        var key = "sk-ant-api03-" + new string('a', 64);

        await server.Client.PostJsonAsync("/memories", new { text = $"my key is {key}", metadata = new Dictionary<string, string> { ["k"] = key } }, expected: 201);
        var memory = (await server.Client.GetJsonAsync("/memories")).GetProperty("memories")[0];

        Assert.DoesNotContain("aaaa", memory.GetRawText(), StringComparison.Ordinal);
        Assert.Contains("redacted", memory.Text("text"), StringComparison.Ordinal);
        using var refused = await server.Client.TryAsync(HttpMethod.Post, "/memories", new { text = "x", user_id = key });
        await refused.AssertProblemAsync(422, "invalid");
    }

    [Fact]
    public async Task A_memory_is_stored_once_by_its_id_written_anew_and_forgotten()
    {
        await using var server = await TestServer.StartAsync();
        foreach (var _ in Enumerable.Range(0, 2)) { await server.Client.PostJsonAsync("/memories", new { text = "one", memory_id = "mine" }, expected: 201); }
        using (var other = await server.Client.TryAsync(HttpMethod.Post, "/memories", new { text = "two", memory_id = "mine" })) { await other.AssertProblemAsync(409, "conflict"); }

        var written = await server.Client.CallAsync(HttpMethod.Patch, "/memories/mine", new { text = "three" });
        Assert.Equal("three", written.Text("text"));
        Assert.Equal("three", (await server.Client.GetJsonAsync("/memories/mine")).Text("text"));
        await server.Client.CallAsync(HttpMethod.Delete, "/memories/mine");

        await server.Client.GetJsonAsync("/memories/mine", expected: 404);
        await server.Client.CallAsync(HttpMethod.Delete, "/memories/mine", expected: 404);
    }

    [Fact]
    public async Task Clearing_by_the_seeds_route_forgets_only_when_it_is_told_to()
    {
        await using var server = await TestServer.StartAsync();
        await StoreAsync(server, "a", """{"agent_id":"helper"}""");
        await StoreAsync(server, "b", """{"agent_id":"helper","user_id":"ann"}""");
        await StoreAsync(server, "c", """{"user_id":"ann"}""");

        Assert.Equal("0", (await server.Client.PostJsonAsync("/agents/memory/clear", new { agent_id = "helper" })).Text("deleted"));
        Assert.Equal("2", (await server.Client.PostJsonAsync("/agents/memory/clear", new { agent_id = "helper", clear_long_term = true })).Text("deleted"));
        Assert.Equal("1", (await server.Client.PostJsonAsync("/memories/clear", new { user_id = "ann" })).Text("deleted"));
    }

    [Fact]
    public async Task A_list_comes_in_pages()
    {
        await using var server = await TestServer.StartAsync();
        foreach (var text in (string[])["a", "b", "c"]) { await StoreAsync(server, text, """{"user_id":"ann"}"""); }

        var first = await server.Client.GetJsonAsync("/memories?user_id=ann&limit=2");
        var second = await server.Client.GetJsonAsync($"/memories?user_id=ann&limit=2&cursor={first.Text("next_cursor")}");

        Assert.Equal(3, first.GetProperty("memories").EnumerateArray().Concat(second.GetProperty("memories").EnumerateArray()).Select(m => m.Text("memory_id")).Distinct().Count());
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next_cursor").ValueKind);
        Assert.Equal(0, (await server.Client.GetJsonAsync("/memories?user_id=ben")).GetProperty("memories").GetArrayLength());
    }

    [Fact]
    public async Task A_full_scope_refuses_one_more_and_old_memories_are_forgotten()
    {
        await using var server = await TestServer.StartAsync(options => options with { Coordinator = options.Coordinator with { MaxMemoriesPerScope = 1, MemoryAge = TimeSpan.Zero } });
        await StoreAsync(server, "a", "{}");
        using (var full = await server.Client.TryAsync(HttpMethod.Post, "/memories", new { text = "b" })) { await full.AssertProblemAsync(429, "memory_limit"); }

        Assert.Equal(1, await server.Host.Services.GetRequiredService<Coordinator.Memory.MemoryRetention>().RunOnceAsync(TestContext.Current.CancellationToken));
        await StoreAsync(server, "b", "{}");
    }

    [Fact]
    public async Task An_agent_speaks_for_its_session_and_reads_what_is_for_all()
    {
        await using var server = await GuardedServer.StartAsync();
        var agent = (await server.ClaimAsync("mine")).Token;
        var other = (await server.ClaimAsync("theirs")).Token;
        await server.JsonAsync("/memories", """{"text":"secret of all"}""");
        await server.JsonAsync("/memories", """{"text":"secret of ann","user_id":"ann"}""");
        var stored = await GuardedServer.ReadJsonAsync(await server.SendAsync(HttpMethod.Post, "/memories", agent, """{"text":"secret of mine"}"""));

        Assert.StartsWith("ses_", stored.Text("session_id"), StringComparison.Ordinal);
        Assert.Equal(["secret of all", "secret of mine"], await FindAsync(server, "{}", agent));
        Assert.Equal(["secret of all"], await FindAsync(server, "{}", other));
        var id = stored.Text("memory_id");
        foreach (var (method, path, token, json, status) in new (HttpMethod, string, string, string?, int)[]
        {
            (HttpMethod.Post, "/memories", agent, """{"text":"x","user_id":"ann"}""", 403),
            (HttpMethod.Post, "/memories", agent, """{"text":"x","agent_id":"somebody"}""", 403),
            (HttpMethod.Post, "/memories", agent, """{"text":"x","session_id":"theirs"}""", 404),
            (HttpMethod.Post, "/memories/search", agent, """{"query":"secret","user_id":"ann"}""", 403),
            (HttpMethod.Post, "/memories/search", agent, """{"query":"secret","session_id":"theirs"}""", 404),
            (HttpMethod.Get, "/memories", agent, null, 403),
            (HttpMethod.Post, "/memories/clear", agent, "{}", 403),
            (HttpMethod.Delete, $"/memories/{id}", other, null, 404),
            (HttpMethod.Patch, $"/memories/{id}", other, """{"text":"x"}""", 404),
            (HttpMethod.Delete, $"/memories/{id}", agent, null, 200),
        })
        {
            using var answer = await server.SendAsync(method, path, token, json);
            Assert.True((int)answer.StatusCode == status, $"{method} {path} {json}: {(int)answer.StatusCode}");
        }
    }

    [Fact]
    public async Task Memories_of_a_session_go_with_it()
    {
        await using var server = await TestServer.StartAsync();
        await server.Client.CreateSessionAsync("one", TestContext.Current.CancellationToken);
        await StoreAsync(server, "x", """{"session_id":"ONE"}""");
        Assert.Equal(["secret x"], await FindAsync(server, """{"session_id":"one"}"""));

        await server.Client.CallAsync(HttpMethod.Delete, "/sessions/one");

        Assert.Equal(0, (await server.Client.GetJsonAsync("/memories")).GetProperty("memories").GetArrayLength());
    }

    [Fact]
    public async Task The_command_line_keeps_finds_lists_and_forgets()
    {
        await using var server = await AoServer.StartAsync();
        var id = (await server.Ao.OutputAsync("ao memory add --user ann", "the harbour is closed on Sunday\n")).Trim();

        Assert.Contains("the harbour is closed", await server.Ao.OutputAsync("ao memory search harbour --user ann"), StringComparison.Ordinal);
        Assert.Equal("No memories found\n", await server.Ao.OutputAsync("ao memory search harbour"));
        Assert.Contains(id, await server.Ao.OutputAsync("ao memory list --user ann"), StringComparison.Ordinal);
        Assert.Equal($"Forgot {id}\n", await server.Ao.OutputAsync($"ao memory delete {id}"));
        await server.Ao.OutputAsync("ao memory add word --collection notes");
        Assert.Equal("Forgot 1\n", await server.Ao.OutputAsync("ao memory clear --all"));
        Assert.Equal(2, (await server.Ao.RunAsync("ao memory clear")).ExitCode);
    }

    static Task<JsonElement> StoreAsync(TestServer server, string text, string scope) =>
        server.Client.PostJsonAsync("/memories", "{\"text\":\"secret " + text + "\"" + (scope == "{}" ? "}" : "," + scope[1..]), expected: 201);

    static async Task<IEnumerable<string>> FindAsync(TestServer server, string scope, string? token = null)
    {
        var json = "{\"query\":\"secret\"" + (scope == "{}" ? "}" : "," + scope[1..]);
        using var answer = await server.SendAsync(HttpMethod.Post, "/memories/search", token, json);
        Assert.Equal(200, (int)answer.StatusCode);
        return (await GuardedServer.ReadJsonAsync(answer)).GetProperty("results").EnumerateArray().Select(result => result.Text("text")).Order(StringComparer.Ordinal);
    }
}
