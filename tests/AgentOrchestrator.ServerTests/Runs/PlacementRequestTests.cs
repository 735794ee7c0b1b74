using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.ServerTests.Runner;

namespace AgentOrchestrator.ServerTests.Runs;

/// <summary>When and for how long runs work, from the request to the process.</summary>
public sealed class PlacementRequestTests
{
    [Theory]
    [InlineData("priority", "101", "priority must be -100 to 100")]
    [InlineData("priority", "-101", "priority must be -100 to 100")]
    [InlineData("timeout_seconds", "0", "timeout_seconds must be 1 to 604800")]
    [InlineData("timeout_seconds", "604801", "timeout_seconds must be 1 to 604800")]
    [InlineData("queue_timeout_seconds", "-1", "queue_timeout_seconds must be 1 to 604800")]
    [InlineData("delay_seconds", "-1", "delay_seconds must be 0 to 31622400")]
    [InlineData("not_before", "\"2999-01-01T00:00:00Z\"", "not_before must be at most 366 days from now")]
    [InlineData("delay_seconds", "5,\"not_before\":\"2026-01-01T00:00:00Z\"", "give one of them")]
    [InlineData("delay_seconds", "5,\"when_busy\":\"interrupt\"", "cannot interrupt")]
    public async Task What_passes_a_bound_is_refused_by_name(string member, string value, string says)
    {
        await using var server = await TestServer.StartAsync();
        using var content = new StringContent(
            $$"""{"type":"start_session","session_name":"s","prompt":"p","{{member}}":{{value}}}""", null, "application/json");
        using var response = await server.Client.PostAsync("/runs", content, TestContext.Current.CancellationToken);

        Assert.Equal(422, (int)response.StatusCode);
        Assert.Contains(says, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_agents_defaults_hold_where_the_request_says_nothing()
    {
        await using var server = await TestServer.StartAsync();
        await server.Client.PostJsonAsync(
            "/agents", new { name = "careful", description = "d", priority = 7, timeout = 90, max_concurrent = 2 }, expected: 201);

        var byDefault = await QueueAsync(server, new { type = "start_session", session_name = "a", prompt = "p", agent_name = "careful" });
        var own = await QueueAsync(server, new
        {
            type = "start_session",
            session_name = "b",
            prompt = "p",
            agent_name = "careful",
            priority = 0,
            timeout_seconds = 5,
        });

        Assert.Equal(("7", "90"), (byDefault.Text("priority"), byDefault.Text("timeout_seconds")));
        Assert.Equal(("0", "5"), (own.Text("priority"), own.Text("timeout_seconds")));
    }

    [Fact]
    public async Task A_run_that_takes_too_long_is_killed_and_fails_as_timeout()
    {
        await using var server = await TestServer.StartAsync();
        await using var runner = TestRunner.Start(server);
        var runs = new RunClient(server.Client);
        var queued = await QueueAsync(server, new { type = "start_session", session_name = "slow", prompt = "sleep 600", timeout_seconds = 1 });

        var run = await runs.WaitForEndAsync(queued.Text("run_id"));

        Assert.Equal((RunStatus.Failed, "timeout"), (run.Status, run.Reason));
        Assert.Contains("time-out of 1 s", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_delayed_run_begins_by_itself_also_after_a_restart()
    {
        await using var server = await TestServer.StartAsync();
        var queued = await QueueAsync(server, new { type = "start_session", session_name = "later", prompt = "echo late", delay_seconds = 2 });
        Assert.Equal("delayed", queued.Text("waiting_reason"));
        await server.StopAsync();
        await server.StartAgainAsync();
        await using var runner = TestRunner.Start(server);

        var run = await new RunClient(server.Client).WaitForEndAsync(queued.Text("run_id"));

        Assert.Equal("late", run.ResultText);
        Assert.True(run.ClaimedAt >= run.NotBefore, $"claimed at {run.ClaimedAt}, not before {run.NotBefore}");
    }

    [Fact]
    public async Task A_message_that_interrupts_ends_the_live_run_and_is_next()
    {
        await using var server = await TestServer.StartAsync();
        await using var runner = TestRunner.Start(server);
        var runs = new RunClient(server.Client);
        var slow = (await QueueAsync(server, new { type = "start_session", session_name = "s", prompt = "sleep 600" })).Text("run_id");
        await RunClient.WaitAsync(async () => (await runs.FindAsync(slow)).StartedAt is not null, "the start of the run");
        var waiting = (await QueueAsync(server, new { type = "resume_session", session_name = "s", prompt = "echo second" })).Text("run_id");
        using var refused = await server.Client.TryAsync(
            HttpMethod.Post, "/runs", new { type = "resume_session", session_name = "s", prompt = "p", when_busy = "reject" });
        Assert.Equal(409, (int)refused.StatusCode);
        Assert.Contains(
            "session_busy", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        var urgent = (await QueueAsync(
            server, new { type = "resume_session", session_name = "s", prompt = "echo first", when_busy = "interrupt" })).Text("run_id");

        var (first, second) = (await runs.WaitForEndAsync(urgent), await runs.WaitForEndAsync(waiting));
        Assert.Equal(("first", "second"), (first.ResultText, second.ResultText));
        Assert.True(first.ClaimedAt < second.ClaimedAt);
        var interrupted = await runs.WaitForEndAsync(slow);
        Assert.Equal((RunStatus.Stopped, "interrupted"), (interrupted.Status, interrupted.Reason));
    }

    static async Task<System.Text.Json.JsonElement> QueueAsync(TestServer server, object request)
    {
        var created = await server.Client.PostJsonAsync("/runs", request);
        return await server.Client.GetJsonAsync($"/runs/{created.Text("run_id")}");
    }
}
