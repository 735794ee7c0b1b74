using System.Diagnostics;

namespace AgentOrchestrator.Bench;

/// <summary>Latencies of one kind of operation, and how long all of them took together.</summary>
sealed class Measured(IReadOnlyCollection<double> milliseconds, TimeSpan wall)
{
    readonly double[] _sorted = [.. milliseconds.Order()];

    public int Count => _sorted.Length;

    public double PerSecond => Count / wall.TotalSeconds;

    public double At(double quantile) => _sorted.Length == 0 ? double.NaN : _sorted[(int)Math.Min(_sorted.Length - 1, quantile * _sorted.Length)];
}

/// <summary>Ways of putting load on a server: as fast as a number of clients can, or at a rate.</summary>
static class Load
{
    /// <summary>Each client does one operation after another until the time is over.</summary>
    public static async Task<Measured> ClosedAsync(int clients, TimeSpan time, Func<int, LeanConnection, Task> operation, int port)
    {
        var results = new List<double>[clients];
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            var mine = results[client] = [];
            using var connection = new LeanConnection(port);
            while (Stopwatch.GetElapsedTime(start) < time)
            {
                var since = Stopwatch.GetTimestamp();
                await operation(client, connection);
                mine.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
            }
        })));
        return new Measured([.. results.SelectMany(r => r)], Stopwatch.GetElapsedTime(start));
    }

    /// <summary>Operations at a fixed rate, whether or not earlier ones have come back; latency counts from when each was due.</summary>
    public static async Task<Measured> OpenAsync(int clients, int perSecond, TimeSpan time, Func<int, LeanConnection, Task> operation, int port)
    {
        var results = new List<double>[clients];
        var start = Stopwatch.GetTimestamp();
        var total = (int)(perSecond * time.TotalSeconds);
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            var mine = results[client] = [];
            using var connection = new LeanConnection(port);
            for (var n = client; n < total; n += clients)
            {
                var due = TimeSpan.FromSeconds((double)n / perSecond);
                var early = due - Stopwatch.GetElapsedTime(start);
                if (early > TimeSpan.Zero)
                {
                    await Task.Delay(early);
                }

                await operation(client, connection);
                mine.Add((Stopwatch.GetElapsedTime(start) - due).TotalMilliseconds);
            }
        })));
        return new Measured([.. results.SelectMany(r => r)], Stopwatch.GetElapsedTime(start));
    }

    public static async Task<ReadOnlyMemory<byte>> ExpectAsync(this LeanConnection connection, ReadOnlyMemory<byte> request, int status = 200)
    {
        var (got, body) = await connection.SendAsync(request);
        return got == status
            ? body
            : throw new InvalidOperationException($"expected {status}, got {got}: {System.Text.Encoding.UTF8.GetString(body.Span)}");
    }
}
