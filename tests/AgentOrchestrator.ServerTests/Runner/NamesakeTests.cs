using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.ServerTests.Cli;

namespace AgentOrchestrator.ServerTests.Runner;

/// <summary>Two real runners of one name, folder and host.</summary>
[Collection(nameof(Alone))]
public sealed class NamesakeTests
{
    static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task The_second_is_refused_while_the_first_lives_then_takes_over_and_the_first_is_told_and_ends()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "processes are frozen on Linux only");
        await using var server = await TestServer.StartAsync(options => options with
        {
            Coordinator = options.Coordinator with { RunnerFresh = s_fresh, Lease = TimeSpan.FromSeconds(6), PollTimeout = TimeSpan.FromSeconds(4) },
        });
        var runs = new RunClient(server.Client);
        await using var first = Start(server, "first");
        Assert.Equal(RunStatus.Completed, (await runs.WaitForEndAsync((await runs.StartAsync("hello", agent: "hello")).RunId)).Status);

        await using (var refused = Start(server, "second"))
        {
            var end = await refused.EndAsync();
            Assert.Equal(1, end.ExitCode);
            Assert.Contains("is already registered for this host, folder and executor, and is alive", end.Error, StringComparison.Ordinal);
        }

        await first.SignalAsync("STOP");
        await RunClient.WaitAsync(
            async () => server.Host.Services.GetRequiredService<ParkedPolls>().Count == 0
                && (await runs.RunnersAsync()).GetProperty("runners")[0].GetProperty("seconds_since_heartbeat").GetDouble() > s_fresh.TotalSeconds,
            "the silence of the first");
        await using var second = Start(server, "second");
        var run = await runs.WaitForEndAsync((await runs.StartAsync("hello", agent: "hello")).RunId);
        Assert.Equal((RunStatus.Completed, 1), (run.Status, run.Attempt));
        await first.SignalAsync("CONT");
        var told = await first.EndAsync();

        Assert.Equal(1, told.ExitCode);
        Assert.Contains("has taken over its identity", told.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await runs.RunnersAsync()).GetProperty("runners").GetArrayLength());
        Assert.Equal(RunStatus.Completed, (await runs.WaitForEndAsync((await runs.StartAsync("hello", agent: "hello")).RunId)).Status);
        await second.SignalAsync("TERM");
        Assert.Equal(0, (await second.EndAsync()).ExitCode);
    }

    static AoCall Start(TestServer server, string state) =>
        new AoProgram(server.Url, server.Folder) { Environment = { ["RUNNER_STATE_DIR"] = Path.Combine(server.Folder, state) } }
            .Start(["ao", "runner", "--name", "namesake"]);
}
