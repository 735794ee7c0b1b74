using System.Globalization;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.ServerTests.Faults;
using AgentOrchestrator.ServerTests.Runner;

namespace AgentOrchestrator.ServerTests.Keeper;

/// <summary>A server that a script starts with <c>&amp;</c> ignores Ctrl-C.</summary>
public sealed class BackgroundTests
{
    const int Interrupt = 2, Quit = 3;

    [Fact]
    public async Task Programs_of_a_server_in_the_background_hear_the_signals_that_stop_them()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        await using var server = new ServerProcess { IsInBackground = true };
        await server.StartAsync(TestContext.Current.CancellationToken);
        Assert.True(Ignores(await File.ReadAllTextAsync($"/proc/{server.Process.Id}/status", TestContext.Current.CancellationToken), Interrupt));
        await server.Client.PostJsonAsync(
            "/agents", new { name = "mask", description = "d", executor = "command", command = new[] { "cat", "/proc/self/status" } }, expected: 201);
        var runs = new RunClient(server.Client);

        var run = await runs.WaitForEndAsync((await runs.StartAsync("hello", agent: "mask")).RunId);

        Assert.Equal(RunStatus.Completed, run.Status);
        Assert.False(Ignores(run.ResultText!, Interrupt) || Ignores(run.ResultText!, Quit), run.ResultText);
    }

    static bool Ignores(string status, int signal)
    {
        var mask = status.Split('\n').First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))["SigIgn:".Length..].Trim();
        return (ulong.Parse(mask, NumberStyles.HexNumber, CultureInfo.InvariantCulture) & (1UL << (signal - 1))) != 0;
    }
}
