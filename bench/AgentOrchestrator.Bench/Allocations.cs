using AgentOrchestrator.Server;

namespace AgentOrchestrator.Bench;

/// <summary>What an acknowledged event costs in allocated bytes: the server runs inside this process, and the client's own share is taken off.</summary>
static class Allocations
{
    const int Clients = 16;

    public static async Task<double> PerEventAsync(TimeSpan time)
    {
        var folder = Directory.CreateTempSubdirectory("ao-bench-").FullName;
        var options = new ServerOptions
        {
            Urls = ["http://127.0.0.1:0"],
            DataDir = Path.Combine(folder, "data"),
            AgentsDir = Path.Combine(folder, "agents"),
            ProjectDir = folder,
            TokenFile = Path.Combine(folder, "servers.json"),
            NoAuth = true,
            NoRunner = true,
            LogLevel = LogLevel.Warning,
        };
        double whole;
        await using (var host = await ServerHost.StartAsync(options, StoreSelection.Open, CancellationToken.None))
        {
            whole = await CountAsync(() => Workloads.EventsAsync(new Uri(host.Urls[0]).Port, Clients, time));
            await host.StopAsync(CancellationToken.None);
        }

        await using var floor = await ServerProcess.StartFloorAsync();
        var clientAlone = await CountAsync(() => Workloads.FloorWritesAsync(floor, Clients, time, 1));
        Directory.Delete(folder, recursive: true);
        return whole - clientAlone;
    }

    /// <summary>Bytes by request, over warm-up and measurement.</summary>
    static async Task<double> CountAsync(Func<Task<Measured>> measure)
    {
        var requests = LeanConnection.Sent;
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await measure();
        return (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / (LeanConnection.Sent - requests);
    }
}
