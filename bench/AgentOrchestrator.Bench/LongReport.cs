using System.Runtime.InteropServices;
using Npgsql;

namespace AgentOrchestrator.Bench;

/// <summary>How things stand after much use: with many ended runs, many readers, many callbacks.</summary>
static class LongReport
{
    const int Clients = 16;

    /// <param name="share">Of the amounts that count: 1, or less for a try.</param>
    /// <param name="postgres">A connection string of a server on which databases may be made; null leaves PostgreSQL out.</param>
    public static async Task<int> WriteAsync(string server, int seconds, double share, string? postgres)
    {
        Console.WriteLine($"# Figures after much use\n\n{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, "
            + $"{seconds} s each, after a warm-up of 10 s; client and server share the machine.\n");
        Console.WriteLine("| What | Database | Figure | Bound |\n|---|---|---|---|");
        var (history, callbacks, output) = ((int)(100_000 * share), (int)(10_000 * share), (long)((1L << 30) * share));
        await WriteHistoryAsync(server, seconds, history, "SQLite", []);
        await WriteStormAsync(server, callbacks, "SQLite", []);
        await WriteMemoryAsync(server, callbacks, output);
        if (postgres is not null)
        {
            await WithDatabaseAsync(postgres, database => WriteHistoryAsync(server, seconds, history, "PostgreSQL", [("DATABASE_URL", database)]));
            await WithDatabaseAsync(postgres, database => WriteStormAsync(server, callbacks, "PostgreSQL", [("DATABASE_URL", database)]));
        }

        return 0;
    }

    /// <summary>The same server before and after; each rate is the best of three, for what else the machine does meanwhile.</summary>
    static async Task WriteHistoryAsync(string server, int seconds, int history, string name, (string, string)[] environment)
    {
        await using var ours = await ServerProcess.StartOursAsync(server, environment: environment);
        var empty = await BestAsync(ours, seconds);
        var filled = await Workloads.FillRunsAsync(ours, Clients, history);
        await ours.RestartAsync();
        var start = ours.StartTime;
        var full = await BestAsync(ours, seconds);
        Row($"life cycles/s with {filled:N0} ended runs, and without", name, $"{full:N0} and {empty:N0}: {full / empty:F2}", "≥ 0.95");
        Row("start to first 200 with them", name, $"{start.TotalMilliseconds:N0} ms", "≤ 1,000 ms");
        Row("memory with them", name, $"{ours.ReadMemory() / 1048576.0:N0} MB", "stated");
    }

    static async Task<double> BestAsync(ServerProcess server, int seconds)
    {
        var best = 0.0;
        for (var n = 0; n < 3; n++)
        {
            best = Math.Max(best, (await Workloads.LifeCyclesAsync(server, Clients, TimeSpan.FromSeconds(seconds / 3.0))).PerSecond);
        }

        return best;
    }

    static async Task WriteStormAsync(string server, int callbacks, string name, (string, string)[] environment)
    {
        await using var ours = await ServerProcess.StartOursAsync(server, environment: [.. environment, .. CallbackStorm.Environment]);
        var storm = new CallbackStorm(ours, callbacks);
        await storm.RunAsync();
        Row(
            $"{callbacks:N0} callbacks to one parent", name,
            $"{storm.ToldOnce:N0} told, {storm.Told - storm.ToldOnce:N0} of them twice, {storm.Logged:N0} in its log", $"{callbacks:N0}, 0, {callbacks:N0}");
    }

    static async Task WriteMemoryAsync(string server, int callbacks, long output)
    {
        await using var ours = await ServerProcess.StartOursAsync(server, environment: CallbackStorm.Environment);
        using var crowd = new Crowd(ours, 1_000, 200);
        await crowd.OpenAsync();
        await new CallbackStorm(ours, callbacks).RunAsync(() => crowd.WriteAsync(output));
        Row(
            $"memory at most, with 1,000 feeds of which 200 never read, {output >> 20:N0} MiB of output and {callbacks:N0} queued callbacks", "SQLite",
            $"{ours.ReadPeakMemory() / 1048576.0:N0} MB; the feeds read {crowd.Read / 1048576.0:N0} MB", "≤ 512 MB");
    }

    static async Task WithDatabaseAsync(string postgres, Func<string, Task> work)
    {
        var name = $"bench_{Guid.NewGuid():N}";
        await using var source = NpgsqlDataSource.Create(postgres);
        await using (var create = source.CreateCommand($"CREATE DATABASE {name}"))
        {
            await create.ExecuteNonQueryAsync();
        }

        try
        {
            await work(Url(postgres, name));
        }
        finally
        {
            await using var drop = source.CreateCommand($"DROP DATABASE {name} WITH (FORCE)");
            await drop.ExecuteNonQueryAsync();
        }
    }

    static string Url(string postgres, string database)
    {
        var parts = new NpgsqlConnectionStringBuilder(postgres);
        return $"postgresql://{Uri.EscapeDataString(parts.Username!)}:{Uri.EscapeDataString(parts.Password ?? "")}@{parts.Host}:{parts.Port}/{database}";
    }

    static void Row(string what, string database, string figure, string bound) => Console.WriteLine($"| {what} | {database} | {figure} | {bound} |");
}
