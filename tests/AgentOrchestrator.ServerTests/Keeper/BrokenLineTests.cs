using AgentOrchestrator.Hostile;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.ServerTests.Runner;

namespace AgentOrchestrator.ServerTests.Keeper;

/// <summary>A line between runner and server that is broken in every manner, for less than a lease and for more.</summary>
public sealed class BrokenLineTests
{
    static readonly TimeSpan s_lease = TimeSpan.FromSeconds(6);

    [Theory]
    [InlineData("mute")]
    [InlineData("answers")]
    [InlineData("cut")]
    [InlineData("refused")]
    public async Task A_program_behind_a_broken_line_is_dead_before_its_lease_ends_and_a_mended_one_brings_nothing_late(string fault)
    {
        Cable? cable = null;
        await using var bench = await KeeperBench.StartAsync(server => (cable = new Cable(server.Url)).Url, s_lease);
        using var line = cable!;
        var run = await bench.StartAsync("tick");

        Break(line, fault);
        var end = await bench.Runs.WaitForEndAsync(run.RunId);

        Assert.Empty(bench.Program.Survivors());
        Assert.Equal((RunStatus.Failed, "lost"), (end.Status, end.Reason));
        if (fault is "refused")
        {
            HostProcesses.Signal(bench.RunnerId, HostProcesses.Kill);
            return;
        }

        var log = await bench.Runs.ReadLogAsync(end.SessionId);
        line.Mend();
        var next = await bench.Runs.WaitForEndAsync((await bench.Runs.StartAsync("done")).RunId);
        Assert.Equal(RunStatus.Completed, next.Status);
        Assert.Equal(log.Select(e => e.EventType), (await bench.Runs.ReadLogAsync(end.SessionId)).Select(e => e.EventType));
        Assert.Equal("lost", (await bench.Runs.FindAsync(run.RunId)).Reason);
    }

    [Theory]
    [InlineData("mute")]
    [InlineData("answers")]
    [InlineData("cut")]
    public async Task A_line_that_is_mended_within_the_lease_costs_no_attempt_and_no_line_of_output(string fault)
    {
        const int Lines = 200;
        Cable? cable = null;
        await using var bench = await KeeperBench.StartAsync(server => (cable = new Cable(server.Url)).Url, TimeSpan.FromMinutes(2));
        using var line = cable!;
        var run = await bench.StartAsync($"count {Lines}");

        Break(line, fault);
        bench.Program.OpenGate();
        await bench.WaitForAsync(run, "end");
        line.Mend();
        var end = await bench.Runs.WaitForEndAsync(run.RunId);

        Assert.Equal((RunStatus.Completed, 1), (end.Status, end.Attempt));
        Assert.Equal(Enumerable.Range(1, 2 * Lines).Select(n => $"line {n}"), (await bench.Runs.ReadOutputAsync(end.SessionId)).Where(said => said.StartsWith("line ", StringComparison.Ordinal)));
        Assert.Single(await bench.Runs.ReadLogAsync(end.SessionId), e => e.EventType == "session_stop");
    }

    static void Break(Cable line, string fault) =>
        (fault switch { "mute" => line.Mute, "answers" => line.MuteAnswers, "cut" => line.Cut, _ => (Action)line.Refuse })();
}
