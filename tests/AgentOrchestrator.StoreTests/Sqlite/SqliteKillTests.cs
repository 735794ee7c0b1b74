using System.Diagnostics;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Sqlite;

namespace AgentOrchestrator.StoreTests.Sqlite;

public sealed class SqliteKillTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("ao-kill-").FullName;

    static int Rounds => Environment.GetEnvironmentVariable("TEST_LEVEL") == "full" ? 10 : 3;

    [Fact]
    public async Task What_was_acknowledged_before_a_kill_is_there_after_it()
    {
        var acknowledged = new HashSet<long>();
        for (var round = 0; round < Rounds; round++)
        {
            await WriteUntilKilledAsync(acknowledged, count: 100 + (round * 37));

            var log = await ReadLogAsync();
            Assert.Equal(Enumerable.Range(1, log.Count).Select(i => (long)i), log);
            Assert.Subset(log.ToHashSet(), acknowledged);
        }
    }

    async Task WriteUntilKilledAsync(HashSet<long> acknowledged, int count)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "AgentOrchestrator.StoreTests");
        using var writer = Process.Start(
            new ProcessStartInfo(OperatingSystem.IsWindows() ? program + ".exe" : program, [EndlessWriter.Verb, _folder])
            {
                RedirectStandardOutput = true,
            })!;
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            for (var seen = 0; seen < count; seen++)
            {
                acknowledged.Add(long.Parse((await writer.StandardOutput.ReadLineAsync(deadline.Token))!));
            }
        }
        finally
        {
            writer.Kill();
        }

        // The last line may be cut off; a whole one ends with its line break.
        var rest = await writer.StandardOutput.ReadToEndAsync(deadline.Token);
        acknowledged.UnionWith(rest[..(rest.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse));
        await writer.WaitForExitAsync(deadline.Token);
    }

    async Task<List<long>> ReadLogAsync()
    {
        var stores = SqliteStores.Open(_folder, new RecordingSink(), new CoordinatorOptions(), TimeProvider.System);
        await stores.Database.OpenAsync(CancellationToken.None);
        await using (stores.Database)
        {
            var log = await stores.Sessions.ReadAsync(
                CoordinatorOptions.DefaultOrg, EndlessWriter.SessionId, 0, int.MaxValue, CancellationToken.None);
            return [.. log.Select(entry => entry.Seq)];
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
