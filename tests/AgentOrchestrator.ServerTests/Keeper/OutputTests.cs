using AgentOrchestrator.Hostile;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.ServerTests.Runner;

namespace AgentOrchestrator.ServerTests.Keeper;

/// <summary>Output that nobody should write, kept in bounded memory and on a bounded disk.</summary>
public sealed class OutputTests
{
    static readonly bool s_isFull = Environment.GetEnvironmentVariable("TEST_LEVEL") is "full";

    [Fact]
    public async Task Gigabytes_long_lines_and_bytes_that_are_no_text_cost_no_memory()
    {
        await using var bench = await KeeperBench.StartAsync();
        await bench.StartAsync("ignore");
        var volume = await bench.Runs.StartAsync($"volume {(s_isFull ? 1_000_000_000 : 100_000_000)}");
        var line = await bench.Runs.StartAsync("line 200000000");
        var binary = await bench.Runs.StartAsync("binary 10000000");
        var picture = await bench.Runs.StartAsync("picture 20000000");

        foreach (var run in new[] { volume, line, binary, picture })
        {
            var end = await bench.Runs.WaitForEndAsync(run.RunId);
            Assert.Equal((RunStatus.Completed, "done"), (end.Status, end.ResultText));
        }

        Assert.All(await Task.WhenAll(new[] { line, binary, picture }.Select(run => bench.Runs.ReadOutputAsync(run.SessionId))), said => Assert.Contains("after", said));
        Assert.Contains(await bench.Runs.ReadLogAsync(line.SessionId), e => e.EventType is EventTypes.Notice && RunClient.TextOf(e).Contains("200000000 bytes", StringComparison.Ordinal));
        var seen = Assert.Single(await bench.Runs.ReadLogAsync(picture.SessionId), e => e.EventType is EventTypes.PostTool);
        Assert.Equal(("Read", "toolu_1", 4711), (seen.ToolName, seen.ToolUseId, seen.ToolOutput!.Value.GetProperty("file").GetProperty("originalSize").GetInt32()));
        Assert.EndsWith("… (cut, 20000000 bytes in all)", seen.ToolOutput.Value.GetProperty("file").GetProperty("base64").GetString(), StringComparison.Ordinal);
        var (keeper, runner) = (HostProcesses.Figure(bench.Keeper()!.Value, "VmHWM"), HostProcesses.Figure(bench.RunnerId, "VmHWM"));
        TestContext.Current.TestOutputHelper!.WriteLine($"most memory: keeper {keeper / 1024} MiB, runner {runner / 1024} MiB");
        Assert.InRange(keeper, 1, 80 * 1024);
        Assert.InRange(runner, 1, 200 * 1024);
    }

    [Fact]
    public async Task A_program_that_ends_badly_fails_with_its_last_words()
    {
        await using var bench = await KeeperBench.StartAsync();
        var silent = await bench.Runs.StartAsync("silent");
        var broken = await bench.Runs.StartAsync("broken");
        var killed = await bench.Runs.StartAsync("killed");

        var ends = await Task.WhenAll(new[] { silent, broken, killed }.Select(run => bench.Runs.WaitForEndAsync(run.RunId)));

        Assert.All(ends, end => Assert.Equal((RunStatus.Failed, "error"), (end.Status, end.Reason)));
        Assert.Contains("said on stderr", ends[0].Error, StringComparison.Ordinal);
        Assert.Contains("exited with code 0", ends[1].Error, StringComparison.Ordinal);
        Assert.Contains("SIGKILL", ends[2].Error, StringComparison.Ordinal);
    }
}
