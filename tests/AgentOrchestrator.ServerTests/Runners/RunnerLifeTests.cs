using AgentOrchestrator.Coordinator;
using AgentOrchestrator.ServerTests.Runs;

namespace AgentOrchestrator.ServerTests.Runners;

public sealed class RunnerLifeTests
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_heartbeat_and_a_poll_each_heal_a_stale_runner()
    {
        await using var server = await StartAsync(new CoordinatorOptions
        {
            PollTimeout = TimeSpan.FromMilliseconds(50),
            RunnerStale = TimeSpan.FromMilliseconds(600),
        });
        var runner = await FakeRunner.RegisterAsync(server.Client, "a");

        await UntilStatusAsync(server, "stale");
        await runner.BeatAsync();
        Assert.Equal("online", await StatusAsync(server));

        await UntilStatusAsync(server, "stale");
        await runner.PollAsync();
        Assert.Equal("online", await StatusAsync(server));
    }

    [Fact]
    public async Task A_runner_that_crashed_may_come_back_at_once_and_its_old_self_is_fenced()
    {
        await using var server = await StartAsync(new CoordinatorOptions
        {
            PollTimeout = TimeSpan.FromMilliseconds(50),
            RunnerFresh = TimeSpan.Zero,
        });
        var crashed = await FakeRunner.RegisterAsync(server.Client, "a");
        var runId = await EnqueueAsync(server);
        await crashed.ClaimAsync();
        await crashed.StartAsync(runId);

        var back = await FakeRunner.RegisterAsync(server.Client, "a");

        Assert.Equal(crashed.RunnerId, back.RunnerId);
        await Eventually.TrueAsync(
            async () => (await server.Client.GetJsonAsync($"/runs/{runId}")).Text("status") == "failed",
            "the run of the crashed runner is lost",
            s_patience,
            TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_held_poll_keeps_others_from_taking_over_the_identity()
    {
        await using var server = await StartAsync(new CoordinatorOptions
        {
            PollTimeout = TimeSpan.FromSeconds(20),
            RunnerFresh = TimeSpan.Zero,
        });
        var runner = await FakeRunner.RegisterAsync(server.Client, "a");
        using var leaving = new CancellationTokenSource();
        var poll = runner.PollAsync(leaving.Token);
        var parked = server.Host.Services.GetRequiredService<Coordinator.Runs.ParkedPolls>();
        await Eventually.TrueAsync(() => parked.Count == 1, "the poll is held", s_patience, TestContext.Current.CancellationToken);
        var identity = new { hostname = "box", project_dir = "/a", executor_type = "claude-code" };

        await server.Client.PostJsonAsync("/runner/register", identity, expected: 409);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);
        await Eventually.TrueAsync(() => parked.Count == 0, "the poll is gone", s_patience, TestContext.Current.CancellationToken);

        await server.Client.PostJsonAsync("/runner/register", identity);
    }

    [Fact]
    public async Task A_removed_runner_is_told_to_register_again_and_its_unstarted_claims_go_back()
    {
        await using var server = await StartAsync(new CoordinatorOptions { PollTimeout = TimeSpan.FromMilliseconds(50) });
        var runner = await FakeRunner.RegisterAsync(server.Client, "a");
        var runId = await EnqueueAsync(server);
        await runner.ClaimAsync();

        await server.Client.CallAsync(HttpMethod.Delete, $"/runners/{runner.RunnerId}?self=true");

        await server.Client.GetJsonAsync($"/runner/runs?runner_id={runner.RunnerId}", expected: 401);
        await server.Client.PostJsonAsync("/runner/heartbeat", new { runner_id = runner.RunnerId }, expected: 401);
        Assert.Equal("pending", (await server.Client.GetJsonAsync($"/runs/{runId}")).Text("status"));
        Assert.Equal(runId, await (await FakeRunner.RegisterAsync(server.Client, "a")).ClaimAsync());
    }

    [Fact]
    public async Task A_stop_wakes_the_held_poll_of_the_runner_that_holds_the_run()
    {
        await using var server = await StartAsync(new CoordinatorOptions
        {
            PollTimeout = TimeSpan.FromSeconds(20),
            PollRescan = TimeSpan.FromSeconds(20),
        });
        var runner = await FakeRunner.RegisterAsync(server.Client, "a");
        var runId = await EnqueueAsync(server);
        await runner.ClaimAsync();
        await runner.StartAsync(runId);
        var poll = server.Client.GetJsonAsync($"/runner/runs?runner_id={runner.RunnerId}");
        var parked = server.Host.Services.GetRequiredService<Coordinator.Runs.ParkedPolls>();
        await Eventually.TrueAsync(() => parked.Count == 1, "the poll is held", s_patience, TestContext.Current.CancellationToken);

        await server.Client.PostJsonAsync($"/runs/{runId}/stop");

        var answer = await poll.WaitAsync(s_patience);
        Assert.Equal(runId, answer.GetProperty("stop_runs")[0].GetString());
    }

    static Task<TestServer> StartAsync(CoordinatorOptions options) => TestServer.StartAsync(server => server with
    {
        Coordinator = options with { ReapInterval = TimeSpan.FromMilliseconds(100), Lease = TimeSpan.FromMilliseconds(500) },
    });

    static async Task<string> EnqueueAsync(TestServer server) =>
        (await server.Client.PostJsonAsync("/runs", new { type = "start_session", session_name = "s", prompt = "p" })).Text("run_id");

    static async Task<string> StatusAsync(TestServer server) =>
        (await server.Client.GetJsonAsync("/runners")).GetProperty("runners")[0].Text("status");

    static Task UntilStatusAsync(TestServer server, string status) => Eventually.TrueAsync(
        async () => await StatusAsync(server) == status, $"the runner is {status}", s_patience, TestContext.Current.CancellationToken);
}
