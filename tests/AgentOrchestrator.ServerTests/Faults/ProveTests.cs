using System.Diagnostics;

namespace AgentOrchestrator.ServerTests.Faults;

/// <summary>The campaign that users run on their own machines: <c>ao prove</c>.</summary>
[Collection(nameof(Alone))]
public sealed class ProveTests(ITestOutputHelper output)
{
    static readonly string s_faults = Environment.GetEnvironmentVariable("TEST_LEVEL") is "full"
        ? "--server-kills 25 --runner-kills 25 --keeper-kills 3 --freezes 1 --crashes 15 --line-faults 24 --operations 20000"
        : "--server-kills 2 --runner-kills 2 --keeper-kills 1 --freezes 0 --crashes 2 --line-faults 8 --operations 500";

    [Fact]
    public async Task Every_promise_is_kept_while_servers_runners_and_keepers_are_killed()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(ServerProcess.ToolsFolder, "ao"), $"prove {s_faults}")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var steps = process.StandardError.ReadToEndAsync(cancel);
        var table = await process.StandardOutput.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        output.WriteLine(table);

        Assert.True(process.ExitCode == 0, $"{table}\n{await steps}");
    }
}
