using AgentOrchestrator.Hostile;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.ServerTests.Runner;

namespace AgentOrchestrator.ServerTests.Keeper;

/// <summary>However badly a program ends: what it had said is kept, and its parent is called back, once.</summary>
public sealed class BadEndTests
{
    [Fact]
    public async Task Every_bad_end_keeps_what_was_said_and_calls_the_parent_back_once()
    {
        await using var bench = await KeeperBench.StartAsync();
        var silent = await StartAsync(bench, "silent");
        var broken = await StartAsync(bench, "broken");
        var killedByItself = await StartAsync(bench, "killed");
        var killed = await StartAsync(bench, "never");
        await bench.WaitForAsync(killed.Child, "ready");
        HostProcesses.Signal(bench.Program.Witness().Last(line => line.RunId == killed.Child.RunId).ProcessId, HostProcesses.Kill);
        foreach (var family in new[] { silent, broken, killedByItself, killed })
        {
            await CheckAsync(bench, family, "error");
        }

        var left = await StartAsync(bench, "never");
        await bench.WaitForAsync(left.Child, "ready");
        await bench.Runs.WaitForOutputAsync(left.Child.SessionId, "partial 1");
        HostProcesses.Signal(bench.Keeper()!.Value, HostProcesses.Kill);
        await CheckAsync(bench, left, "keeper_died");

        Assert.Empty(bench.Program.Survivors());
    }

    static async Task<(RunCreated Parent, RunCreated Child)> StartAsync(KeeperBench bench, string mode)
    {
        var parent = await bench.Runs.StartAsync("done");
        await bench.Runs.WaitForEndAsync(parent.RunId);
        return (parent, await bench.Runs.StartChildAsync($"{mode} 1", parent.SessionId));
    }

    static async Task CheckAsync(KeeperBench bench, (RunCreated Parent, RunCreated Child) family, string reason)
    {
        var end = await bench.Runs.WaitForEndAsync(family.Child.RunId);
        Assert.Equal((RunStatus.Failed, reason), (end.Status, end.Reason));
        Assert.Contains("partial 1", await bench.Runs.ReadOutputAsync(family.Child.SessionId));
        await RunClient.WaitAsync(
            async () => (await bench.Runs.RunsOfAsync(family.Parent.SessionId)) is [_, { Status: RunStatus.Completed }], "the parent's run after the callback");
        Assert.Single(await bench.Runs.ReadLogAsync(family.Parent.SessionId), e => e.EventType is EventTypes.Callback);
    }
}
