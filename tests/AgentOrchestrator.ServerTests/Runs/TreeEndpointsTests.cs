using System.Text.Json;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.ServerTests.Access;

namespace AgentOrchestrator.ServerTests.Runs;

/// <summary>Trees of sessions over the wire: the option at the start, the stop of all of it, its bounds.</summary>
public sealed class TreeEndpointsTests
{
    [Fact]
    public async Task A_stop_spares_what_outlives_its_parent_until_the_whole_tree_is_named()
    {
        await using var server = await StartAsync();
        await StartAsync(server, new { type = "start_session", session_name = "boss", prompt = "p" });
        await StartAsync(server, new { type = "start_session", session_name = "kid", prompt = "p", parent_session_id = "boss" });
        await StartAsync(server, new
        {
            type = "start_session",
            session_name = "free",
            prompt = "p",
            parent_session_id = "boss",
            on_parent_end = "detach",
        });

        var first = await server.Client.PostJsonAsync("/sessions/boss/stop");
        Assert.Equal("1", first.Text("descendants_stopped"));
        Assert.Equal("stopped", await StatusAsync(server, "kid"));
        Assert.Equal("pending", await StatusAsync(server, "free"));
        Assert.Equal("detach", (await server.Client.GetJsonAsync("/sessions/free")).GetProperty("session").Text("on_parent_end"));

        var second = await server.Client.PostJsonAsync("/sessions/boss/stop?tree=true");
        Assert.Equal("1", second.Text("descendants_stopped"));
        Assert.Equal("stopped", await StatusAsync(server, "free"));
    }

    [Fact]
    public async Task A_tree_that_is_full_answers_429_and_says_what_to_do()
    {
        await using var server = await StartAsync();
        await StartAsync(server, new { type = "start_session", session_name = "boss", prompt = "p" });
        await StartAsync(server, new { type = "start_session", session_name = "one", prompt = "p", parent_session_name = "boss" });
        await StartAsync(server, new { type = "start_session", session_name = "two", prompt = "p", parent_session_name = "boss" });

        using var refused = await server.Client.TryAsync(
            HttpMethod.Post, "/runs", new { type = "start_session", session_name = "three", prompt = "p", parent_session_name = "boss" });

        Assert.Contains("stop them", await refused.AssertProblemAsync(429, "tree_limit"), StringComparison.Ordinal);
        await server.Client.GetJsonAsync("/sessions/three", expected: 404);
    }

    [Fact]
    public async Task A_run_that_would_wait_for_its_own_session_is_refused()
    {
        await using var server = await StartAsync();
        await StartAsync(server, new { type = "start_session", session_name = "boss", prompt = "p" });
        await StartAsync(server, new { type = "start_session", session_name = "kid", prompt = "p", parent_session_id = "boss" });

        foreach (var (session, parent, mode) in new[] { ("boss", "boss", "sync"), ("boss", "boss", "async_callback"), ("boss", "kid", "sync") })
        {
            using var refused = await server.Client.TryAsync(HttpMethod.Post, "/runs", new
            {
                type = "resume_session",
                session_name = session,
                prompt = "p",
                parent_session_id = parent,
                execution_mode = mode,
            });
            await refused.AssertProblemAsync(409, "cycle");
        }
    }

    static Task<TestServer> StartAsync() => TestServer.StartAsync(options => options with
    {
        Coordinator = new CoordinatorOptions { MaxLiveChildren = 2 },
    });

    static Task<JsonElement> StartAsync(TestServer server, object run) => server.Client.PostJsonAsync("/runs", run);

    static async Task<string> StatusAsync(TestServer server, string session) =>
        (await server.Client.GetJsonAsync($"/sessions/{session}/status")).Text("status");
}
