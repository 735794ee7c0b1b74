using AgentOrchestrator.Hostile;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.ServerTests.Runner;

namespace AgentOrchestrator.ServerTests.Keeper;

[Collection(nameof(Alone))]
public sealed class StopTests
{
    static readonly bool s_isFull = Environment.GetEnvironmentVariable("TEST_LEVEL") is "full";

    /// <summary>They write without end. Each is a session of its own to the kernel, and takes as much of a processor as the whole runner.</summary>
    static readonly string[] s_noisy = ["flood", "endless"];

    [Theory]
    [InlineData("cgroup")]
    [InlineData("namespace")]
    [InlineData("marks")]
    public async Task Hostile_programs_stopped_side_by_side_leave_nothing(string containment)
    {
        var count = s_isFull ? 100 : 8;
        await using var bench = await KeeperBench.StartAsync(
            null, ("RUNNER_CONTAINMENT", containment), ("RUNNER_STOP_GRACE", "2"), ("RUNNER_MAX_CONCURRENT", $"{count}"));
        var runs = new List<RunCreated>();
        var modes = Enumerable.Range(0, count).Select(i => HostileProgram.Endless[i % HostileProgram.Endless.Count]).ToLookup(s_noisy.Contains);

        // The quiet ones first: a start beside many that take the processors waits for its turn behind all of them.
        foreach (var wave in modes[false].Chunk(25).Concat(modes[true].Chunk(5)))
        {
            var started = await Task.WhenAll(wave.Select(mode => bench.Runs.StartAsync(mode)));
            await bench.WaitForAsync(started, "ready");
            runs.AddRange(started);
        }

        await Task.WhenAll(runs.Select(run => bench.Runs.StopAsync(run.RunId)));

        var slowest = TimeSpan.Zero;
        foreach (var run in runs)
        {
            Assert.Equal(RunStatus.Stopped, (await bench.Runs.WaitForEndAsync(run.RunId)).Status);
            var took = await bench.Runs.ReadStopAsync(run);
            slowest = took > slowest ? took : slowest;
        }

        Assert.Empty(bench.Program.Survivors());
        TestContext.Current.TestOutputHelper?.WriteLine($"the slowest of {count} stops took {slowest.TotalSeconds:N1} s");
    }

    [Fact]
    public async Task What_ignores_a_stop_is_gone_with_all_that_it_started_within_15_seconds()
    {
        await using var bench = await KeeperBench.StartAsync();

        await Promised.WithinAsync(TimeSpan.FromSeconds(15), "from the stop to the end of the tree", async _ =>
        {
            var run = await bench.StartAsync("ignore");
            await bench.Runs.StopAsync(run.RunId);
            Assert.Equal("SIGKILL", await SignalOfAsync(bench, run));
            Assert.Empty(bench.Program.Survivors());
            var took = await bench.Runs.ReadStopAsync(run);
            Assert.True(took >= TimeSpan.FromSeconds(10), $"it was killed after {took.TotalSeconds:N2} s, before its grace was over");
            return took;
        });
    }

    [Fact]
    public async Task A_program_that_obeys_is_not_killed_and_one_that_does_not_is()
    {
        Assert.Equal("SIGINT", await StoppedByAsync("never", grace: 120));
        Assert.Equal("SIGKILL", await StoppedByAsync("ignore", grace: 2));
    }

    static async Task<string?> StoppedByAsync(string mode, int grace)
    {
        await using var bench = await KeeperBench.StartAsync(null, ("RUNNER_STOP_GRACE", $"{grace}"));
        var run = await bench.StartAsync(mode);
        await bench.Runs.StopAsync(run.RunId);
        return await SignalOfAsync(bench, run);
    }

    static async Task<string?> SignalOfAsync(KeeperBench bench, RunCreated run)
    {
        Assert.Equal(RunStatus.Stopped, (await bench.Runs.WaitForEndAsync(run.RunId)).Status);
        var stop = (await bench.Runs.ReadLogAsync(run.SessionId)).Last(e => e.EventType == "session_stop");
        return stop.ExitCode switch { 130 => "SIGINT", 143 => "SIGTERM", 137 => "SIGKILL", var other => $"{other}" };
    }
}
