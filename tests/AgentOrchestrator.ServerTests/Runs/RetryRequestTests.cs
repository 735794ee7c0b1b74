using System.Text.Json.Nodes;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.ServerTests.Cli;
using AgentOrchestrator.ServerTests.Keeper;
using AgentOrchestrator.ServerTests.Runner;

namespace AgentOrchestrator.ServerTests.Runs;

/// <summary>Attempts after the first: by the agent's policy, and by hand.</summary>
public sealed class RetryRequestTests
{
    [Theory]
    [InlineData("""{"on":["lost"]}""", "retry.max_attempts must be 2 to 10, the first run counted")]
    [InlineData("""{"max_attempts":11,"on":["lost"]}""", "retry.max_attempts must be 2 to 10, the first run counted")]
    [InlineData("""{"max_attempts":2}""", "retry.on must name at least one reason")]
    [InlineData("""{"max_attempts":2,"on":["lost","stopped"]}""", "what somebody stopped is never done again")]
    [InlineData("""{"max_attempts":2,"on":["lost"],"delay_seconds":-1}""", "retry.delay_seconds must be 0 to 31622400")]
    public async Task A_policy_that_cannot_be_is_refused_by_name(string policy, string says)
    {
        await using var server = await TestServer.StartAsync();
        using var content = new StringContent($$"""{"name":"a","description":"d","retry":{{policy}}}""", null, "application/json");
        using var response = await server.Client.PostAsync("/agents", content, TestContext.Current.CancellationToken);

        Assert.Equal(422, (int)response.StatusCode);
        Assert.Contains(says, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_is_kept_shown_and_removed()
    {
        await using var server = await TestServer.StartAsync();
        await CreateAgentAsync(server.Client);
        var shown = await server.Client.GetJsonAsync("/agents/stubborn");
        Assert.Equal("2", shown.GetProperty("retry").Text("max_attempts"));

        var removed = await server.Client.CallAsync(HttpMethod.Patch, "/agents/stubborn", new { retry = new { } });

        Assert.False(removed.TryGetProperty("retry", out _));
    }

    [Fact]
    public async Task Start_waits_for_the_last_attempt_and_prints_its_result()
    {
        await using var bench = await AoServer.StartAsync();
        await CreateAgentAsync(bench.Http);

        await using var starting = bench.Ao.Start(["ao", "start", "one", "-p", "hello", "--agent", "stubborn"]);
        var first = await bench.BeginRunAsync();
        await bench.Runner.FailAsync(first.Text("run_id"), "it broke");
        var second = await bench.CompleteRunAsync("done");

        Assert.Equal((first.Text("run_id"), "1", "hello"), (second.Text("retry_of"), second.Text("retry_number"), second.Text("prompt")));
        Assert.Equal(new AoEnd(0, "done\n", ""), await starting.EndAsync());
    }

    [Fact]
    public async Task What_a_killed_runner_loses_is_done_again_once_by_the_next_one()
    {
        await using var bench = await KeeperBench.StartAsync(TimeSpan.FromSeconds(6), ("RUNNER_ORPHAN_GRACE", "1"));
        await bench.CreateAgentAsync("stubborn", new()
        {
            ["executor"] = "claude-code",
            ["retry"] = new JsonObject { ["max_attempts"] = 5, ["on"] = new JsonArray("lost") },
        });
        var first = await bench.StartAsync("count 1", agent: "stubborn");

        await bench.KillRunnerAsync();
        var lost = await bench.Runs.WaitForEndAsync(first.RunId);
        bench.Program.OpenGate();
        bench.StartRunner();
        await RunClient.WaitAsync(async () => (await bench.Runs.RunsOfAsync(first.SessionId)) is [_, { CompletedAt: not null }, ..], "the end of the second attempt");

        Assert.Equal((RunStatus.Failed, "lost"), (lost.Status, lost.Reason));
        var runs = await bench.Runs.RunsOfAsync(first.SessionId);
        Assert.Equal([(first.RunId, null, 0), (runs[^1].RunId, first.RunId, 1)], runs.Select(run => (run.RunId, run.RetryOf, run.RetryNumber)));
        Assert.Equal((RunStatus.Completed, "done"), (runs[1].Status, runs[1].ResultText));
        Assert.Equal(["start", "ready"], bench.Words(first));
        Assert.Equal(["start", "ready", "end"], bench.Program.Witness().Where(line => line.RunId == runs[1].RunId).Select(line => line.Word));
    }

    [Fact]
    public async Task A_run_is_done_again_by_hand_once_it_has_ended()
    {
        await using var bench = await AoServer.StartAsync();
        await bench.Ao.OutputAsync("ao start one -p hello --detach");
        var first = (await bench.BeginRunAsync()).Text("run_id");
        var early = await bench.Http.PostJsonAsync($"/runs/{first}/retry", new { }, expected: 409);
        Assert.Equal("not_ended", early.Text("code"));
        await bench.Runner.FailAsync(first, "it broke");

        await using var retrying = bench.Ao.Start(["ao", "retry", first]);
        var second = await bench.BeginRunAsync();
        var twice = await bench.Http.PostJsonAsync($"/runs/{first}/retry", new { }, expected: 409);
        Assert.Equal("retry_open", twice.Text("code"));
        await bench.CompleteAsync(second, "mended");

        Assert.Equal(new AoEnd(0, "mended\n", ""), await retrying.EndAsync());
        Assert.Equal((first, "1"), (second.Text("retry_of"), second.Text("retry_number")));
        await bench.Http.PostJsonAsync("/runs/run_nobody/retry", new { }, expected: 404);
    }

    static Task<System.Text.Json.JsonElement> CreateAgentAsync(HttpClient client) => client.PostJsonAsync(
        "/agents",
        new { name = "stubborn", description = "d", retry = new { max_attempts = 2, on = new[] { "error" } } },
        expected: 201);
}
