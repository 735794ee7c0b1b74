using AgentOrchestrator.Hostile;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.ServerTests.Runner;

namespace AgentOrchestrator.ServerTests.Keeper;

[Collection(nameof(Alone))]
public sealed class StopTests
{
    static readonly bool s_isFull = Environment.GetEnvironmentVariable("TEST_LEVEL") is "full";

    [Theory]
    [InlineData("cgroup", 40)]
    [InlineData("namespace", 24)]
    [InlineData("marks", 24)]
    public async Task Hostile_programs_stopped_side_by_side_leave_nothing(string containment, int atFullLevel)
    {
        var count = s_isFull ? atFullLevel : 8;
        await using var bench = await KeeperBench.StartAsync(
            null, ("RUNNER_CONTAINMENT", containment), ("RUNNER_STOP_GRACE", "2"), ("RUNNER_MAX_CONCURRENT", $"{count}"));
        var runs = await Task.WhenAll(Enumerable.Range(0, count).Select(i => bench.Runs.StartAsync(HostileProgram.Endless[i % HostileProgram.Endless.Count])));
        foreach (var run in runs)
        {
            await bench.WaitForAsync(run, "ready");
        }

        await Task.WhenAll(runs.Select(run => bench.Runs.StopAsync(run.RunId)));

        foreach (var run in runs)
        {
            Assert.Equal(RunStatus.Stopped, (await bench.Runs.WaitForEndAsync(run.RunId)).Status);
        }

        Assert.Empty(bench.Program.Survivors());
    }

    [Fact]
    public async Task A_program_that_obeys_is_not_killed_and_one_that_does_not_is()
    {
        await using var bench = await KeeperBench.StartAsync(null, ("RUNNER_STOP_GRACE", "3"));
        var obeys = await bench.StartAsync("never");
        var refuses = await bench.StartAsync("ignore");

        await bench.Runs.StopAsync(obeys.RunId);
        await bench.Runs.StopAsync(refuses.RunId);

        Assert.Equal("SIGINT", await SignalOfAsync(bench, obeys));
        Assert.Equal("SIGKILL", await SignalOfAsync(bench, refuses));
    }

    static async Task<string?> SignalOfAsync(KeeperBench bench, RunCreated run)
    {
        Assert.Equal(RunStatus.Stopped, (await bench.Runs.WaitForEndAsync(run.RunId)).Status);
        var stop = (await bench.Runs.ReadLogAsync(run.SessionId)).Last(e => e.EventType == "session_stop");
        return stop.ExitCode switch { 130 => "SIGINT", 143 => "SIGTERM", 137 => "SIGKILL", var other => $"{other}" };
    }
}
