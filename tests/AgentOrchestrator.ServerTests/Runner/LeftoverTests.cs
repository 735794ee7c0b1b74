using System.Diagnostics;
using AgentOrchestrator.Runner;
using AgentOrchestrator.Runner.Attempts;
using AgentOrchestrator.Runner.Processes;

namespace AgentOrchestrator.ServerTests.Runner;

public sealed class LeftoverTests
{
    [Fact]
    public async Task What_a_former_life_left_alive_or_unreadable_is_out_of_the_way_before_a_run_is_claimed()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("process trees are followed on Linux only");
        }

        await using var server = await TestServer.StartAsync();
        var mark = ProcessMark.New();
        using (var state = StateFolder.Open(Path.Combine(server.Folder, "runner")))
        {
            state.Begin(new AttemptRecord { RunId = "run_gone", SessionId = "ses_gone", Fence = 1, ProcessToken = mark, RunToken = "t" }).MarkStarted();
        }

        var broken = Directory.CreateDirectory(Path.Combine(server.Folder, "runner", "attempts", "run_broken-1")).FullName;
        await File.WriteAllTextAsync(Path.Combine(broken, "attempt.json"), "{");
        using var left = Process.Start(new ProcessStartInfo("sleep", "600") { Environment = { [ProcessMark.Variable] = mark } })!;
        var runs = new RunClient(server.Client);
        var started = await runs.StartAsync($"if grep -q {ProcessMark.Variable} /proc/{left.Id}/environ; then echo alive; else echo dead; fi");

        await using var runner = TestRunner.Start(server);

        Assert.Equal("dead", (await runs.WaitForEndAsync(started.RunId)).ResultText);
        Assert.True(Directory.Exists(broken + ".unreadable"));
    }
}
