using System.Diagnostics;
using AgentOrchestrator.StoreTests;

namespace AgentOrchestrator.ServerTests.Faults;

/// <summary>The campaign that users run on their own machines: <c>ao prove</c>.</summary>
[Collection(nameof(Alone))]
public sealed class ProveTests(ITestOutputHelper output) : IDisposable
{
    static readonly string s_faults = Environment.GetEnvironmentVariable("TEST_LEVEL") is "full"
        ? "--server-kills 25 --runner-kills 25 --keeper-kills 3 --freezes 1 --crashes 36 --line-faults 24 --operations 20000"
        : "--server-kills 2 --runner-kills 2 --keeper-kills 1 --freezes 0 --crashes 2 --line-faults 8 --operations 500";

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ao-prove-tests-");

    [Fact]
    public async Task Every_promise_is_kept_while_servers_runners_and_keepers_are_killed() => await ProveAsync(s_faults);

    [Fact]
    public async Task Every_promise_is_kept_on_PostgreSQL()
    {
        await using var schema = await PostgresSchema.CreateAsync();
        await ProveAsync("--server-kills 5 --runner-kills 5 --keeper-kills 1 --freezes 0 --crashes 5 --line-faults 4 --operations 500", schema.Address);
    }

    [Fact]
    public async Task A_campaign_that_is_told_to_end_leaves_nothing()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var process = Start("--operations 1000000");
        var table = process.StandardOutput.ReadToEndAsync(cancel);
        Assert.Contains(" faults, ", await process.StandardError.ReadLineAsync(cancel), StringComparison.Ordinal);

        using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]))
        {
            await kill.WaitForExitAsync(cancel);
        }

        var steps = await process.StandardError.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);

        Assert.NotEqual(0, process.ExitCode);
        Assert.Contains("nothing of it is left", steps, StringComparison.Ordinal);
        Assert.Empty(await table);
        Assert.Empty(_folder.EnumerateFileSystemInfos("ao-prove-*"));
    }

    public void Dispose()
    {
        // The logs of a campaign that found something are worth more than a tidy disk.
        if (!_folder.EnumerateFileSystemInfos("ao-prove-*").Any())
        {
            _folder.Delete(recursive: true);
        }
    }

    async Task ProveAsync(string faults, string? database = null)
    {
        var cancel = TestContext.Current.CancellationToken;
        using var process = Start(faults, database);
        var steps = process.StandardError.ReadToEndAsync(cancel);
        var table = await process.StandardOutput.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        output.WriteLine(table);

        Assert.True(process.ExitCode == 0, $"{table}\n{await steps}");
        Assert.Empty(_folder.EnumerateFileSystemInfos("ao-prove-*"));
    }

    Process Start(string faults, string? database = null)
    {
        string[] arguments = ["prove", .. faults.Split(' '), .. database is null ? Array.Empty<string>() : ["--database", database]];
        return Process.Start(new ProcessStartInfo(Path.Combine(ServerProcess.ToolsFolder, "ao"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["TMPDIR"] = _folder.FullName },
        })!;
    }
}
