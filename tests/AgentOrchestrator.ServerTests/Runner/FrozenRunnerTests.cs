using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.ServerTests.Cli;

namespace AgentOrchestrator.ServerTests.Runner;

/// <summary>A runner that is stopped by SIGSTOP, with a poll of it held, beside one that works.</summary>
[Collection(nameof(Alone))]
public sealed class FrozenRunnerTests
{
    static readonly TimeSpan s_acknowledgedWithin = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task What_a_frozen_runner_was_given_goes_to_the_other_one_however_many_polls_it_left()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "processes are frozen on Linux only");
        await using var server = await TestServer.StartAsync(options => options with
        {
            Coordinator = options.Coordinator with
            {
                ClaimAck = s_acknowledgedWithin,
                Lease = TimeSpan.FromSeconds(8),
                ReapInterval = TimeSpan.FromMilliseconds(200),
                PollTimeout = TimeSpan.FromSeconds(300),
                PollRescan = TimeSpan.FromSeconds(300),
            },
        });
        var runs = new RunClient(server.Client);
        var ao = new AoProgram(server.Url, server.Folder);
        await using var frozen = ao.Start(["ao", "runner", "--name", "frozen"]);
        await UntilHeldAsync(server, 1);
        var id = await IdOfAsync(runs);
        await frozen.SignalAsync("STOP");
        // As a line leaves them behind that doubles requests, or does not tell that a caller is gone.
        using var gone = new HttpClient { BaseAddress = server.Url };
        var left = Enumerable.Range(0, 3).Select(_ => gone.GetStringAsync($"/runner/runs?runner_id={id}", TestContext.Current.CancellationToken)).ToList();
        await UntilHeldAsync(server, 4);
        await using var working = new AoProgram(server.Url, server.Folder) { Environment = { ["RUNNER_STATE_DIR"] = Path.Combine(server.Folder, "working") } }
            .Start(["ao", "runner", "--name", "working"]);
        await UntilHeldAsync(server, 5);

        var run = await runs.WaitForEndAsync((await runs.StartAsync("hello", agent: "hello")).RunId);

        Assert.Equal(RunStatus.Completed, run.Status);
        Assert.InRange(run.Attempt, 2, 10);
        Assert.NotEqual(id, run.RunnerId);
        Assert.All(await Task.WhenAll(left), answer => Assert.Equal("", answer));
        await frozen.SignalAsync("CONT");
        await frozen.SignalAsync("TERM");
        Assert.Equal(0, (await frozen.EndAsync()).ExitCode);
        await working.SignalAsync("TERM");
        Assert.Equal(0, (await working.EndAsync()).ExitCode);
    }

    static async Task<string> IdOfAsync(RunClient runs) =>
        (await runs.RunnersAsync()).GetProperty("runners")[0].Text("runner_id");

    static Task UntilHeldAsync(TestServer server, int polls) => RunClient.WaitAsync(
        () => server.Host.Services.GetRequiredService<ParkedPolls>().Count == polls, $"{polls} held polls");
}
