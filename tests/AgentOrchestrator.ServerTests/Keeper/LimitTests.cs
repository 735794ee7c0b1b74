using AgentOrchestrator.Hostile;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Runner.Processes.Containers;

namespace AgentOrchestrator.ServerTests.Keeper;

/// <summary>Programs that take all there is, and what becomes of them and of those beside them.</summary>
public sealed class LimitTests
{
    [Theory]
    [InlineData("bomb", "max_processes", 64, "process_limit")]
    [InlineData("hog", "max_memory_mb", 64, "memory_limit")]
    public async Task A_run_that_takes_more_than_its_agent_may_fails_with_the_name_of_the_limit(string mode, string member, int most, string reason)
    {
        await SkipWhereNothingLimitsAsync();
        await using var bench = await KeeperBench.StartAsync();
        await bench.CreateAgentAsync("bounded", new() { [member] = most });
        var neighbour = await bench.StartAsync("tick");
        var runner = bench.RunnerId;

        var run = await bench.StartAsync(mode, agent: "bounded");
        var end = await bench.Runs.WaitForEndAsync(run.RunId);

        Assert.Equal((RunStatus.Failed, reason), (end.Status, end.Reason));
        Assert.Contains($"{most} ", end.Error, StringComparison.Ordinal);
        await bench.Runs.StopAsync(neighbour.RunId);
        Assert.Equal(RunStatus.Stopped, (await bench.Runs.WaitForEndAsync(neighbour.RunId)).Status);
        Assert.Empty(bench.Program.Survivors());
        Assert.NotEqual(0, HostProcesses.Figure(runner, "VmRSS"));
        Assert.Equal(RunStatus.Completed, (await bench.Runs.WaitForEndAsync((await bench.Runs.StartAsync("done")).RunId)).Status);
    }

    [Fact]
    public async Task The_limits_of_the_runner_hold_for_agents_that_have_none_in_every_container()
    {
        await SkipWhereNothingLimitsAsync();
        foreach (var containment in new[] { "namespace", "marks" })
        {
            await using var bench = await KeeperBench.StartAsync(
                null, ("RUNNER_CONTAINMENT", containment), ("RUNNER_PROCESS_LIMIT", "64"), ("RUNNER_MEMORY_LIMIT", "64"));
            var bomb = await bench.Runs.StartAsync("bomb");
            var hog = await bench.Runs.StartAsync("hog");

            Assert.Equal("process_limit", (await bench.Runs.WaitForEndAsync(bomb.RunId)).Reason);
            Assert.Equal("memory_limit", (await bench.Runs.WaitForEndAsync(hog.RunId)).Reason);
            Assert.Empty(bench.Program.Survivors());
        }
    }

    static async Task SkipWhereNothingLimitsAsync()
    {
        var found = await Containment.FindAsync();
        Assert.SkipUnless(found.Limits.IsComplete, $"control groups for limits cannot be made here: {found.Limits.Detail}");
    }
}
