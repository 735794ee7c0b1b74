using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.ServerTests.Runner;

namespace AgentOrchestrator.ServerTests.Keeper;

/// <summary>Programs that take what nothing limits.</summary>
[Collection(nameof(Alone))]
public sealed class SpinTests
{
    [Fact]
    public async Task Programs_that_take_the_processors_and_the_disk_cost_their_neighbour_nothing_and_no_lease()
    {
        await using var bench = await KeeperBench.StartAsync(TimeSpan.FromSeconds(20));
        var neighbour = await bench.StartAsync("count 50");
        var hostile = new List<RunCreated>();
        foreach (var mode in new[] { "fill 200000000", "spin", "spin" })
        {
            hostile.Add(await bench.StartAsync(mode));
        }

        var silence = 0d;
        await RunClient.WaitAsync(
            async () =>
            {
                silence = Math.Max(silence, await bench.SilenceAsync());
                return bench.Words(hostile[0]).Count(word => word == "filled") > 3 && await bench.SilenceAsync() < silence;
            },
            "a filled disk and a further heartbeat");
        bench.Program.OpenGate();
        var end = await bench.Runs.WaitForEndAsync(neighbour.RunId);

        Assert.Equal((RunStatus.Completed, 1), (end.Status, end.Attempt));
        Assert.Equal(100, (await bench.Runs.ReadOutputAsync(end.SessionId)).Count(said => said.StartsWith("line ", StringComparison.Ordinal)));
        foreach (var run in hostile)
        {
            Assert.Equal(RunStatus.Running, (await bench.Runs.FindAsync(run.RunId)).Status);
            await bench.Runs.StopAsync(run.RunId);
            Assert.Equal(RunStatus.Stopped, (await bench.Runs.WaitForEndAsync(run.RunId)).Status);
        }

        Assert.Empty(bench.Program.Survivors());
        TestContext.Current.TestOutputHelper!.WriteLine($"the runner was silent for {silence:N1} s at most");
    }
}
