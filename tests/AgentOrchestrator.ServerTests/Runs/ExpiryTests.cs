using AgentOrchestrator.Coordinator;

namespace AgentOrchestrator.ServerTests.Runs;

public sealed class ExpiryTests
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task A_run_that_no_runner_fits_fails_its_session_and_tells_its_parent()
    {
        await using var server = await StartAsync();
        var runner = await FakeRunner.RegisterAsync(server.Client, "a");
        await server.Client.PostJsonAsync("/sessions", new { session_id = "boss" });
        await server.Client.PostJsonAsync("/sessions/boss/events", new { event_type = "session_stop" });

        var runId = (await server.Client.PostJsonAsync("/runs", new
        {
            type = "start_session",
            session_name = "kid",
            prompt = "p",
            parent_session_name = "boss",
            additional_demands = new { hostname = "elsewhere" },
        })).Text("run_id");

        await UntilAsync(server, $"/runs/{runId}", "failed");
        var run = await server.Client.GetJsonAsync($"/runs/{runId}");
        Assert.Equal("No matching runner available within timeout", run.Text("error"));
        Assert.Equal("expired", run.Text("reason"));
        Assert.Equal("failed", (await server.Client.GetJsonAsync("/sessions/kid/status")).Text("status"));
        var told = await runner.PollAsync();
        Assert.Contains("No matching runner available within timeout", told!.Value.Text("prompt"), StringComparison.Ordinal);
        Assert.Equal("boss", told.Value.Text("session_name"));
    }

    [Fact]
    public async Task A_claim_that_is_not_started_in_time_is_offered_again_with_a_higher_fence()
    {
        await using var server = await StartAsync();
        var first = await FakeRunner.RegisterAsync(server.Client, "first", keepsLeases: true);
        var second = await FakeRunner.RegisterAsync(server.Client, "second", keepsLeases: true);
        var runId = await EnqueueAsync(server);
        Assert.Equal(runId, await first.ClaimAsync());

        await UntilAsync(server, $"/runs/{runId}", "pending");
        Assert.Equal(runId, await second.ClaimAsync());

        await first.StartAsync(runId, expected: 409);
        await second.StartAsync(runId);
        Assert.Equal("2", (await server.Client.GetJsonAsync($"/runs/{runId}")).Text("attempt"));
    }

    [Fact]
    public async Task A_started_run_whose_runner_falls_silent_is_lost_and_never_run_again()
    {
        await using var server = await StartAsync();
        var runner = await FakeRunner.RegisterAsync(server.Client, "a", keepsLeases: true);
        var runId = await EnqueueAsync(server);
        await runner.ClaimAsync();
        await runner.StartAsync(runId);

        await UntilAsync(server, $"/runs/{runId}", "failed");
        Assert.Equal("lost", (await server.Client.GetJsonAsync($"/runs/{runId}")).Text("reason"));
        Assert.Equal("failed", (await server.Client.GetJsonAsync("/sessions/s/status")).Text("status"));
        await runner.CompleteAsync(runId, expected: 409);
        var beat = await runner.BeatAsync(new { run_id = runId, fence = 1 });
        Assert.Equal(runId, beat.GetProperty("lost_runs")[0].GetString());
        Assert.Null(await runner.PollAsync());
    }

    [Fact]
    public async Task A_run_whose_lease_is_renewed_lives_on()
    {
        await using var server = await StartAsync();
        var runner = await FakeRunner.RegisterAsync(server.Client, "a", keepsLeases: true);
        var runId = await EnqueueAsync(server);
        await runner.ClaimAsync();
        await runner.StartAsync(runId);

        using var beats = new PeriodicTimer(TimeSpan.FromMilliseconds(150));
        for (var i = 0; i < 10; i++)
        {
            await beats.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, (await runner.BeatAsync(new { run_id = runId, fence = 1 })).GetProperty("lost_runs").GetArrayLength());
        }

        await runner.CompleteAsync(runId);
    }

    static Task<TestServer> StartAsync() => TestServer.StartAsync(options => options with
    {
        Coordinator = new CoordinatorOptions
        {
            PollTimeout = TimeSpan.FromMilliseconds(300),
            Lease = TimeSpan.FromMilliseconds(900),
            ClaimAck = TimeSpan.FromMilliseconds(500),
            NoMatchTimeout = TimeSpan.FromMilliseconds(300),
            ReapInterval = TimeSpan.FromMilliseconds(100),
        },
    });

    static async Task<string> EnqueueAsync(TestServer server) =>
        (await server.Client.PostJsonAsync("/runs", new { type = "start_session", session_name = "s", prompt = "p" })).Text("run_id");

    static Task UntilAsync(TestServer server, string path, string status) => Eventually.TrueAsync(
        async () => (await server.Client.GetJsonAsync(path)).Text("status") == status,
        $"{path} is {status}",
        s_patience,
        TestContext.Current.CancellationToken);
}
