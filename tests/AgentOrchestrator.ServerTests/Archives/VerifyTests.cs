using System.Text.Json;
using AgentOrchestrator.ServerTests.Cli;

namespace AgentOrchestrator.ServerTests.Archives;

public sealed class VerifyTests
{
    [Fact]
    public async Task A_data_folder_is_checked_beside_its_server()
    {
        await using var bench = await AoServer.StartAsync();
        await bench.FinishedSessionAsync("one");

        Assert.Contains("✓ 1 sessions", await bench.Ao.OutputAsync($"ao verify {bench.Server.DataDir}"), StringComparison.Ordinal);

        var report = JsonElement.Parse(await bench.Ao.OutputAsync($"ao verify {bench.Server.DataDir} --json"));
        Assert.True(report.GetProperty("ok").GetBoolean());
        Assert.Equal(0, report.GetProperty("findings").GetArrayLength());
    }

    [Fact]
    public async Task What_is_wrong_or_no_data_folder_ends_with_1()
    {
        await using var bench = await AoServer.StartAsync();
        await bench.FinishedSessionAsync("one");
        await bench.Server.StopAsync();
        using (var file = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(bench.Server.DataDir, "observability.db")};Pooling=False"))
        {
            file.Open();
            using var damage = file.CreateCommand();
            damage.CommandText = "DELETE FROM events WHERE seq = 2";
            damage.ExecuteNonQuery();
        }

        var damaged = await bench.Ao.RunAsync($"ao verify {bench.Server.DataDir}");
        Assert.Equal(1, damaged.ExitCode);
        Assert.Contains("✗ sequence: session one has", damaged.Out, StringComparison.Ordinal);
        Assert.Contains("restore a backup", damaged.Out, StringComparison.Ordinal);

        var none = await bench.Ao.RunAsync($"ao verify {bench.Server.Folder}");
        Assert.Equal(1, none.ExitCode);
        Assert.Contains("There is no database", none.Error, StringComparison.Ordinal);
    }
}
