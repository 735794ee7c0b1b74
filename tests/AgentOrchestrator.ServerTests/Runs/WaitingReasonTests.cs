using AgentOrchestrator.Coordinator;

namespace AgentOrchestrator.ServerTests.Runs;

/// <summary>Every run that is not worked on says why, and so does its session.</summary>
public sealed class WaitingReasonTests
{
    [Fact]
    public async Task A_run_goes_through_the_reasons_as_the_world_changes()
    {
        await using var server = await StartAsync();
        var runId = await QueueAsync(server, "s", new { tags = new[] { "gpu" } });
        await SaysAsync(server, runId, "s", "no_runner");

        var plain = await FakeRunner.RegisterAsync(server.Client, "plain");
        await SaysAsync(server, runId, "s", "no_matching_runner");

        var strong = (await server.Client.PostJsonAsync("/runner/register", new
        {
            hostname = "box",
            project_dir = "/strong",
            executor_type = "claude-code",
            tags = new[] { "gpu" },
            max_concurrent = 1,
        })).Text("runner_id");
        await SaysAsync(server, runId, "s", "priority");

        var other = await QueueAsync(server, "first", new { project_dir = "/strong" }, priority: 50);
        Assert.Equal(other, await new FakeRunner(server.Client, strong).ClaimAsync());
        await SaysAsync(server, runId, "s", "runner_busy");
        await SaysAsync(server, other, "first", null);

        var second = (await server.Client.PostJsonAsync("/runs", new { type = "resume_session", session_name = "first", prompt = "p" }))
            .Text("run_id");
        await SaysAsync(server, second, null, "session_busy");
        Assert.NotEqual(strong, plain.RunnerId);
    }

    [Fact]
    public async Task Caps_and_delays_are_told_by_their_names()
    {
        await using var server = await StartAsync(options => options with { MaxLiveRuns = 3, MaxLiveRunsPerOrg = 2 });
        var runner = await FakeRunner.RegisterAsync(server.Client, "a");
        await server.Client.PostJsonAsync("/agents", new { name = "careful", description = "One at a time", max_concurrent = 1 }, expected: 201);
        await QueueAsync(server, "c1", agent: "careful");
        var capped = await QueueAsync(server, "c2", agent: "careful");
        var delayed = (await server.Client.PostJsonAsync("/runs", new
        {
            type = "start_session",
            session_name = "later",
            prompt = "p",
            delay_seconds = 3_600,
        })).Text("run_id");
        await runner.ClaimAsync();
        await SaysAsync(server, capped, "c2", "agent_cap");
        await SaysAsync(server, delayed, "later", "delayed");
        Assert.NotEqual("", (await server.Client.GetJsonAsync($"/runs/{delayed}")).Text("not_before"));

        await QueueAsync(server, "plain");
        await runner.ClaimAsync();
        await SaysAsync(server, capped, "c2", "org_cap");
        var listed = await server.Client.GetJsonAsync("/runs?status=pending&agent_name=careful");
        Assert.Equal("org_cap", Assert.Single(listed.GetProperty("runs").EnumerateArray()).Text("waiting_reason"));
        var sessions = await server.Client.GetJsonAsync("/sessions?status=pending");
        Assert.Equal(
            ["delayed", "org_cap"],
            sessions.GetProperty("sessions").EnumerateArray().Select(session => session.Text("waiting_reason")).Order());
    }

    static Task<TestServer> StartAsync(Func<CoordinatorOptions, CoordinatorOptions>? adjust = null) => TestServer.StartAsync(
        options => options with { Coordinator = (adjust ?? (same => same))(options.Coordinator) });

    static async Task<string> QueueAsync(
        TestServer server, string session, object? demands = null, int priority = 0, string? agent = null) =>
        (await server.Client.PostJsonAsync("/runs", new
        {
            type = "start_session",
            session_name = session,
            prompt = "p",
            additional_demands = demands,
            priority,
            agent_name = agent,
        })).Text("run_id");

    static async Task SaysAsync(TestServer server, string runId, string? session, string? reason)
    {
        Assert.Equal(reason ?? "", (await server.Client.GetJsonAsync($"/runs/{runId}")).Text("waiting_reason"));
        if (session is not null)
        {
            Assert.Equal(reason ?? "", (await server.Client.GetJsonAsync($"/sessions/{session}/status")).Text("waiting_reason"));
            Assert.Equal(
                reason ?? "", (await server.Client.GetJsonAsync($"/sessions/{session}")).GetProperty("session").Text("waiting_reason"));
        }
    }
}
