namespace AgentOrchestrator.Bench;

/// <summary>A steady load for a long time, at a small part of what the server can do, while its memory is read.</summary>
sealed class Soak(ServerProcess server, Crowd crowd)
{
    const int Clients = 8;
    const int LivesPerSecond = 20;
    const int EventsPerSecond = 18;
    const int VisitsPerSecond = 2;
    static readonly TimeSpan s_every = TimeSpan.FromSeconds(5);

    readonly List<(TimeSpan At, double Megabytes)> _read = [];

    /// <summary>Whole lives of runs.</summary>
    public int Lives { get; private set; }

    /// <summary>Feeds that came, read the beginning, and left.</summary>
    public int Visits { get; private set; }

    public async Task RunAsync(TimeSpan time)
    {
        using var over = new CancellationTokenSource();
        var reading = ReadMemoryAsync(over.Token);
        var lives = Workloads.LifeCyclesAsync(server, Clients, LivesPerSecond, time);
        var visits = Load.OpenAsync(Clients, VisitsPerSecond, time, (client, _) => VisitAsync(client), server.Port);
        await Task.WhenAll(lives, visits, crowd.WriteAtAsync(EventsPerSecond, time));
        await over.CancelAsync();
        await reading;
        (Lives, Visits) = ((await lives).Count, (await visits).Count);
    }

    /// <summary>Megabytes in ten minutes, by least squares over what was read after the warm-up.</summary>
    public double Slope(TimeSpan warmUp)
    {
        var points = _read.FindAll(point => point.At >= warmUp);
        var (middle, mean) = (points.Average(point => point.At.TotalMinutes), points.Average(point => point.Megabytes));
        var rise = points.Sum(point => (point.At.TotalMinutes - middle) * (point.Megabytes - mean));
        return 10 * rise / points.Sum(point => Math.Pow(point.At.TotalMinutes - middle, 2));
    }

    async Task VisitAsync(int client)
    {
        using var connection = new LeanConnection(server.Port);
        await connection.WriteAsync(LeanConnection.Request(server.Port, "GET", $"/sessions/crowd-{client}/feed?after=0"));
        await connection.ReadAsync(new byte[16 * 1_024]);
    }

    async Task ReadMemoryAsync(CancellationToken cancel)
    {
        var since = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(s_every);
        try
        {
            while (await timer.WaitForNextTickAsync(cancel))
            {
                _read.Add((TimeProvider.System.GetElapsedTime(since), server.ReadMemory() / 1048576.0));
            }
        }
        catch (OperationCanceledException)
        {
            // The time is over.
        }
    }
}
