using AgentOrchestrator.Hostile;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.ServerTests.Runner;

namespace AgentOrchestrator.ServerTests.Keeper;

/// <summary>What becomes of a run when its runner, its keeper or both are killed or stand still.</summary>
public sealed class TakeOverTests
{
    [Fact]
    public async Task A_restarted_runner_goes_on_with_what_runs_and_delivers_its_output_once()
    {
        await using var bench = await KeeperBench.StartAsync();
        var run = await bench.StartAsync("count 500");

        await bench.KillRunnerAsync();
        bench.StartRunner();
        await bench.Runs.WaitForOutputAsync(run.SessionId, "line 500");
        await bench.KillRunnerAsync();
        bench.Program.OpenGate();
        await bench.WaitForAsync(run, "end");
        bench.StartRunner();

        var end = await bench.Runs.WaitForEndAsync(run.RunId);
        Assert.Equal((RunStatus.Completed, 1, "done"), (end.Status, end.Attempt, end.ResultText));
        Assert.Equal(Enumerable.Range(1, 1000).Select(i => $"line {i}"), await bench.Runs.ReadOutputAsync(run.SessionId));
        Assert.Equal(["start", "ready", "end"], bench.Words(run));
        var log = await bench.Runs.ReadLogAsync(run.SessionId);
        Assert.Single(log, e => e is { EventType: "message", Role: "user" });
        Assert.Single(log, e => e.EventType == "session_stop");
    }

    [Fact]
    public async Task A_program_without_a_runner_ends_after_the_grace_and_so_does_the_keeper()
    {
        await using var bench = await KeeperBench.StartAsync(null, ("RUNNER_ORPHAN_GRACE", "1"));
        var run = await bench.StartAsync("daemon");

        await bench.KillRunnerAsync();
        await RunClient.WaitAsync(() => bench.Keeper() is null, "the end of the keeper");

        Assert.Empty(bench.Program.Survivors());
        bench.StartRunner();
        var end = await bench.Runs.WaitForEndAsync(run.RunId);
        Assert.Equal((RunStatus.Failed, "lost"), (end.Status, end.Reason));
        Assert.Contains("none came back in time", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_program_of_a_runner_that_stands_still_is_dead_before_its_lease_ends()
    {
        await using var bench = await KeeperBench.StartAsync(TimeSpan.FromSeconds(8));
        var run = await bench.StartAsync("tick");

        HostProcesses.Signal(bench.RunnerId, HostProcesses.Stop);
        var end = await bench.Runs.WaitForEndAsync(run.RunId);

        Assert.Equal((RunStatus.Failed, "lost"), (end.Status, end.Reason));
        Assert.Empty(bench.Program.Survivors());
        var ticks = bench.Program.Witness().Count;
        HostProcesses.Signal(bench.RunnerId, HostProcesses.Continue);
        var next = await bench.Runs.StartAsync("done", run.SessionId);
        Assert.Equal(RunStatus.Completed, (await bench.Runs.WaitForEndAsync(next.RunId)).Status);
        Assert.Equal(ticks, bench.Program.Witness().Count(line => line.RunId == run.RunId));
        Assert.Equal("lost", (await bench.Runs.FindAsync(run.RunId)).Reason);
    }

    [Fact]
    public async Task A_killed_keeper_ends_its_runs_with_a_reason_and_the_next_run_gets_a_new_one()
    {
        await using var bench = await KeeperBench.StartAsync();
        var run = await bench.StartAsync("daemon");
        var keeper = bench.Keeper()!.Value;

        HostProcesses.Signal(keeper, HostProcesses.Kill);

        var end = await bench.Runs.WaitForEndAsync(run.RunId);
        Assert.Equal((RunStatus.Failed, "keeper_died"), (end.Status, end.Reason));
        Assert.Empty(bench.Program.Survivors());
        Assert.Equal(RunStatus.Completed, (await bench.Runs.WaitForEndAsync((await bench.Runs.StartAsync("done")).RunId)).Status);
        Assert.NotEqual(keeper, bench.Keeper());
    }

    [Fact]
    public async Task What_is_left_when_all_was_killed_is_ended_by_the_next_start()
    {
        await using var bench = await KeeperBench.StartAsync();
        var run = await bench.StartAsync("daemon");
        var keeper = bench.Keeper()!.Value;

        HostProcesses.Signal(bench.RunnerId, HostProcesses.Stop);
        HostProcesses.Signal(keeper, HostProcesses.Kill);
        await bench.KillRunnerAsync();
        Assert.NotEmpty(bench.Program.Survivors());
        bench.StartRunner();

        var end = await bench.Runs.WaitForEndAsync(run.RunId);
        Assert.Equal((RunStatus.Failed, "lost"), (end.Status, end.Reason));
        Assert.Equal(["start", "ready"], bench.Words(run));
        await bench.WaitForNoSurvivorAsync();
    }
}
