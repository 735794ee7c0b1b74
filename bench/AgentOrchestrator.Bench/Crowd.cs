namespace AgentOrchestrator.Bench;

/// <summary>Many feeds, some of which nobody reads, while much is written to their sessions.</summary>
sealed class Crowd(ServerProcess server, int feeds, int unread) : IDisposable
{
    const int Writers = 16;
    const int EventBytes = 16 * 1_024;

    readonly List<LeanConnection> _open = [];
    long _read;

    /// <summary>Bytes that the reading feeds got.</summary>
    public long Read => Volatile.Read(ref _read);

    public async Task OpenAsync()
    {
        using var connection = new LeanConnection(server.Port);
        for (var n = 0; n < feeds; n++)
        {
            await connection.ExpectAsync(LeanConnection.Request(
                server.Port, "POST", "/sessions", $$"""{"session_id":"crowd-{{n}}","session_name":"crowd-{{n}}"}"""));
            var feed = new LeanConnection(server.Port);
            _open.Add(feed);
            await feed.WriteAsync(LeanConnection.Request(server.Port, "GET", $"/sessions/crowd-{n}/feed"));
            if (n >= unread)
            {
                _ = ReadAsync(feed);
            }
        }
    }

    /// <summary>Spread evenly over all sessions.</summary>
    public Task WriteAsync(long bytes)
    {
        var text = new string('x', EventBytes);
        var count = (int)(bytes / EventBytes);
        var next = 0;
        return Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            using var connection = new LeanConnection(server.Port);
            int n;
            while ((n = Interlocked.Increment(ref next)) <= count)
            {
                await connection.ExpectAsync(Event(n, text));
            }
        })));
    }

    /// <summary>As <see cref="WriteAsync"/>, at a rate.</summary>
    public async Task WriteAtAsync(int perSecond, TimeSpan time)
    {
        var text = new string('x', EventBytes);
        var next = 0;
        await Load.OpenAsync(Writers, perSecond, time, (_, connection) => connection.ExpectAsync(Event(Interlocked.Increment(ref next), text)), server.Port);
    }

    byte[] Event(int number, string text)
    {
        var session = $"crowd-{number % feeds}";
        return LeanConnection.Request(server.Port, "POST", $"/sessions/{session}/events",
            $$"""{"event_type":"message","session_id":"{{session}}","timestamp":"now","role":"assistant","content":[{"type":"text","text":"{{text}}"}]}""");
    }

    public void Dispose() => _open.ForEach(feed => feed.Dispose());

    async Task ReadAsync(LeanConnection feed)
    {
        var buffer = new byte[64 * 1_024];
        try
        {
            int read;
            while ((read = await feed.ReadAsync(buffer)) > 0)
            {
                Interlocked.Add(ref _read, read);
            }
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            // The crowd leaves.
        }
    }
}
