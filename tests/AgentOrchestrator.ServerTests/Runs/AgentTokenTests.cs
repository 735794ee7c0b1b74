using System.Net.Http.Headers;
using AgentOrchestrator.Coordinator;

namespace AgentOrchestrator.ServerTests.Runs;

/// <summary>What an agent may do with the token of its run.</summary>
public sealed class AgentTokenTests
{
    [Fact]
    public async Task An_agent_reads_and_writes_its_own_session_and_what_descends_from_it_and_sees_no_other()
    {
        await using var stage = await Stage.OpenAsync();
        await stage.Owner.PostJsonAsync("/sessions", new { session_id = "stranger" });
        var kid = (await stage.Agent.PostJsonAsync("/runs", new { type = "start_session", session_name = "kid", prompt = "p" })).Text("run_id");
        await stage.Owner.PostJsonAsync("/sessions", new { session_id = "grandkid", parent_session_id = "kid" });

        foreach (var known in new[] { "boss", "kid", "grandkid" })
        {
            await stage.Agent.GetJsonAsync($"/sessions/{known}");
            await stage.Agent.GetJsonAsync($"/sessions/{known}/events");
            await stage.Agent.PostJsonAsync($"/sessions/{known}/events", new { event_type = "notice" });
        }

        await stage.Agent.GetJsonAsync("/sessions/stranger", expected: 404);
        await stage.Agent.GetJsonAsync("/sessions/stranger/feed", expected: 404);
        await stage.Agent.GetJsonAsync("/sessions/stranger/events", expected: 404);
        await stage.Agent.GetJsonAsync("/sessions/stranger/result", expected: 404);
        await stage.Agent.PostJsonAsync("/sessions/stranger/events", new { event_type = "notice" }, expected: 404);
        await stage.Agent.PostJsonAsync("/events", new { event_type = "notice", session_id = "stranger" }, expected: 404);
        await stage.Agent.PostJsonAsync("/sessions/stranger/stop", expected: 404);
        Assert.Equal("not_existent", (await stage.Agent.GetJsonAsync("/sessions/stranger/status")).Text("status"));
        Assert.Equal(0, (await stage.Agent.GetJsonAsync("/events/stranger")).GetProperty("events").GetArrayLength());
        var listed = (await stage.Agent.GetJsonAsync("/sessions")).GetProperty("sessions").EnumerateArray().Select(s => s.Text("session_name"));
        Assert.Equal(["boss", "kid", "grandkid"], listed);
        await stage.Agent.GetJsonAsync($"/runs/{kid}");
    }

    [Fact]
    public async Task Whatever_an_agent_starts_is_a_child_of_its_own_session()
    {
        await using var stage = await Stage.OpenAsync();
        await stage.Owner.PostJsonAsync("/sessions", new { session_id = "stranger" });

        await stage.Agent.PostJsonAsync(
            "/runs", new { type = "start_session", session_name = "kid", prompt = "p", parent_session_id = "stranger" });
        await stage.Agent.PostJsonAsync("/runs", new { type = "resume_session", session_name = "stranger", prompt = "p" }, expected: 404);

        Assert.Equal("boss", (await stage.Owner.GetJsonAsync("/sessions/kid")).GetProperty("session").Text("parent_session_name"));
    }

    [Theory]
    [InlineData("GET", "/runs", null)]
    [InlineData("POST", "/sessions", """{"session_id":"x"}""")]
    [InlineData("PATCH", "/sessions/boss/metadata", """{"project_dir":"/x"}""")]
    [InlineData("DELETE", "/sessions/boss", null)]
    [InlineData("POST", "/runner/register", "{}")]
    [InlineData("GET", "/runner/runs?runner_id=x", null)]
    [InlineData("POST", "/runner/heartbeat", """{"runner_id":"x"}""")]
    [InlineData("GET", "/runners", null)]
    [InlineData("DELETE", "/runners/x", null)]
    public async Task An_agent_is_refused_what_is_not_its_business(string method, string path, string? body)
    {
        await using var stage = await Stage.OpenAsync();

        await stage.Agent.CallAsync(new HttpMethod(method), path, body, expected: 403);
    }

    [Fact]
    public async Task The_token_of_a_run_dies_with_its_lease()
    {
        await using var stage = await Stage.OpenAsync();
        await stage.Agent.GetJsonAsync("/sessions/boss");

        await stage.EndAsync();

        await stage.Agent.GetJsonAsync("/sessions/boss", expected: 401);
    }

    /// <summary>A server with authentication, its owner, and an agent in a run of the session <c>boss</c>.</summary>
    sealed class Stage(TestServer server, HttpClient owner, HttpClient agent, string runId, string runnerId) : IAsyncDisposable
    {
        public HttpClient Owner => owner;

        public HttpClient Agent => agent;

        public static async Task<Stage> OpenAsync()
        {
            var server = await TestServer.StartAsync(options => options with
            {
                NoAuth = false,
                Coordinator = new CoordinatorOptions { PollTimeout = TimeSpan.FromMilliseconds(200) },
            });
            var owner = ClientOf(server, server.Host.Token!);
            await owner.PostJsonAsync("/runs", new { type = "start_session", session_name = "boss", prompt = "p" });
            var runnerId = (await owner.PostJsonAsync("/runner/register", new
            {
                hostname = "h",
                project_dir = "/",
                executor_type = "t",
                capabilities = new[] { "leases" },
            })).Text("runner_id");
            var claim = await owner.GetJsonAsync($"/runner/runs?runner_id={runnerId}");
            var runId = claim.GetProperty("run").Text("run_id");
            await owner.PostJsonAsync($"/runner/runs/{runId}/started", new { runner_id = runnerId });
            return new Stage(server, owner, ClientOf(server, claim.GetProperty("assignment").Text("token")), runId, runnerId);
        }

        public async Task EndAsync() =>
            await owner.PostJsonAsync($"/runner/runs/{runId}/completed", new { runner_id = runnerId, status = "success" });

        public async ValueTask DisposeAsync()
        {
            owner.Dispose();
            agent.Dispose();
            await server.DisposeAsync();
        }

        static HttpClient ClientOf(TestServer server, string token) => new()
        {
            BaseAddress = server.Url,
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
        };
    }
}
