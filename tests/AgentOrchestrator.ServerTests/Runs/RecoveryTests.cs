using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;

namespace AgentOrchestrator.ServerTests.Runs;

public sealed class RecoveryTests
{
    [Fact]
    public async Task A_restart_keeps_queue_claims_and_runners()
    {
        await using var server = await StartAsync(RecoveryMode.Stale);
        var runner = await FakeRunner.RegisterAsync(server.Client, "a");
        var started = await EnqueueAsync(server, "started");
        var claimed = await EnqueueAsync(server, "claimed");
        var queued = await EnqueueAsync(server, "queued");
        Assert.Equal(started, await runner.ClaimAsync());
        await runner.StartAsync(started);
        Assert.Equal(claimed, await runner.ClaimAsync());

        await server.StopAsync();
        await server.StartAgainAsync();

        await runner.CompleteAsync(started);
        await runner.StartAsync(claimed);
        Assert.Equal(queued, await runner.ClaimAsync());
        Assert.Equal("completed", (await server.Client.GetJsonAsync($"/runs/{started}")).Text("status"));
    }

    [Fact]
    public async Task A_callback_that_waits_for_its_parent_outlives_a_restart()
    {
        await using var server = await StartAsync(RecoveryMode.Stale);
        var runner = await FakeRunner.RegisterAsync(server.Client, "a");
        var boss = await EnqueueAsync(server, "boss");
        await runner.ClaimAsync();
        await runner.StartAsync(boss);
        var kid = await EnqueueAsync(server, "kid", parent: "boss");
        await runner.ClaimAsync();
        await runner.CompleteAsync(kid);

        await server.StopAsync();
        await server.StartAgainAsync();
        await runner.FailAsync(boss, "ran out of tokens");

        var told = await runner.PollAsync();
        Assert.Contains("The child agent session \"kid\" has completed.", told!.Value.Text("prompt"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_parent_whose_callback_failed_is_still_told_of_the_next_child()
    {
        await using var server = await StartAsync(RecoveryMode.Stale);
        var runner = await FakeRunner.RegisterAsync(server.Client, "a");
        var boss = await EnqueueAsync(server, "boss");
        await runner.ClaimAsync();
        await runner.CompleteAsync(boss);

        for (var i = 0; i < 3; i++)
        {
            var kid = await EnqueueAsync(server, $"kid{i}", parent: "boss");
            Assert.Equal(kid, await runner.ClaimAsync());
            await runner.FailAsync(kid, $"error {i}");

            var told = (await runner.PollAsync())!.Value;
            Assert.Contains($"error {i}", told.Text("prompt"), StringComparison.Ordinal);
            await runner.FailAsync(told.Text("run_id"), "the parent breaks too");
        }
    }

    [Theory]
    [InlineData(RecoveryMode.All, false, "pending", "failed", "stopped")]
    [InlineData(RecoveryMode.All, true, "pending", "failed", "stopped")]
    [InlineData(RecoveryMode.Stale, false, "claimed", "running", "stopped")]
    [InlineData(RecoveryMode.Stale, true, "claimed", "running", "stopping")]
    [InlineData(RecoveryMode.None, false, "claimed", "running", "stopping")]
    public async Task Recovery_does_what_its_mode_says(
        RecoveryMode mode, bool keepsLeases, string claimedThen, string startedThen, string stoppingThen)
    {
        await using var server = await StartAsync(mode);
        var runner = await FakeRunner.RegisterAsync(server.Client, "a", keepsLeases: keepsLeases);
        var claimed = await EnqueueAsync(server, "claimed");
        await runner.ClaimAsync();
        var started = await EnqueueAsync(server, "started");
        await runner.ClaimAsync();
        await runner.StartAsync(started);
        var stopping = await EnqueueAsync(server, "stopping");
        await runner.ClaimAsync();
        await runner.StartAsync(stopping);
        await server.Client.PostJsonAsync($"/runs/{stopping}/stop");

        await server.StopAsync();
        await server.StartAgainAsync();

        Assert.Equal(claimedThen, await StatusAsync(server, claimed));
        Assert.Equal(startedThen, await StatusAsync(server, started));
        Assert.Equal(stoppingThen, await StatusAsync(server, stopping));
        await runner.CompleteAsync(started, expected: startedThen == "running" ? 200 : 409);
    }

    static Task<TestServer> StartAsync(RecoveryMode mode) => TestServer.StartAsync(options => options with
    {
        Coordinator = new CoordinatorOptions { PollTimeout = TimeSpan.FromMilliseconds(300), Recovery = mode },
    });

    static async Task<string> EnqueueAsync(TestServer server, string name, string? parent = null) =>
        (await server.Client.PostJsonAsync(
            "/runs", new { type = "start_session", session_name = name, prompt = "p", parent_session_name = parent })).Text("run_id");

    static async Task<string> StatusAsync(TestServer server, string runId) =>
        (await server.Client.GetJsonAsync($"/runs/{runId}")).Text("status");
}
