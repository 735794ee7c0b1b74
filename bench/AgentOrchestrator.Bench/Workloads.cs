using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace AgentOrchestrator.Bench;

/// <summary>What is measured, each over HTTP from outside.</summary>
static class Workloads
{
    public static string Event(string session, string timestamp) =>
        $$"""{"event_type":"message","session_id":"{{session}}","session_name":"{{session}}","timestamp":"{{timestamp}}","role":"assistant","content":[{"type":"text","text":"{{new string('x', 200)}}"}]}""";

    /// <summary>Servers run for weeks: what the just-in-time compiler does in the first seconds is not counted.</summary>
    static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(10);

    /// <summary>Acknowledged events with this many clients, each on a session of its own.</summary>
    public static async Task<Measured> EventsAsync(int port, int clients, TimeSpan time)
    {
        var names = new string[clients];
        using (var connection = new LeanConnection(port))
        {
            for (var client = 0; client < clients; client++)
            {
                names[client] = $"bench-{Guid.NewGuid():N}";
                await connection.ExpectAsync(LeanConnection.Request(
                    port, "POST", "/sessions", $$"""{"session_id":"{{names[client]}}","session_name":"{{names[client]}}"}"""));
            }
        }

        var requests = names.Select(name =>
            LeanConnection.Request(port, "POST", $"/sessions/{name}/events", Event(name, "2026-01-01T00:00:00Z"))).ToArray();
        return await WarmAsync(clients, time, (client, connection) => connection.ExpectAsync(requests[client]), port);
    }

    static async Task<Measured> WarmAsync(int clients, TimeSpan time, Func<int, LeanConnection, Task> operation, int port, TimeSpan? warmUp = null)
    {
        await Load.ClosedAsync(clients, warmUp ?? s_warmUp, operation, port);
        return await Load.ClosedAsync(clients, time, operation, port);
    }

    public static Task<Measured> FloorWritesAsync(ServerProcess floor, int clients, TimeSpan time, int writesEach)
    {
        var request = LeanConnection.Request(floor.Port, "POST", "/write", Event("bench-floor", "2026-01-01T00:00:00Z"));
        return WarmAsync(clients, time, async (_, connection) =>
        {
            for (var n = 0; n < writesEach; n++)
            {
                await connection.ExpectAsync(request);
            }
        }, floor.Port);
    }

    /// <summary>The same life on the floor server.</summary>
    public static Task<Measured> FloorLifeCyclesAsync(ServerProcess floor, int clients, TimeSpan time)
    {
        var create = LeanConnection.Request(floor.Port, "POST", "/runs/create", """{"type":"start_session","prompt":"bench"}""");
        return WarmAsync(clients, time, async (client, connection) =>
        {
            await connection.ExpectAsync(create);
            var claim = LeanConnection.Request(floor.Port, "POST", "/runs/claim", $$"""{"runner_id":"r{{client}}"}""");
            string runId;
            do
            {
                using var answer = JsonDocument.Parse(Unchunk(await connection.ExpectAsync(claim)));
                runId = answer.RootElement.GetProperty("run_id").GetString()!;
            }
            while (runId.Length == 0);

            var report = $$"""{"runner_id":"r{{client}}","run_id":"{{runId}}"}""";
            await connection.ExpectAsync(LeanConnection.Request(floor.Port, "POST", "/runs/started", report));
            await connection.ExpectAsync(LeanConnection.Request(floor.Port, "POST", "/runs/completed", report));
        }, floor.Port);
    }

    /// <summary>Create, claim, started, completed: each client with a runner of its own.</summary>
    public static async Task<Measured> LifeCyclesAsync(ServerProcess server, int clients, TimeSpan time, TimeSpan? warmUp = null) =>
        await WarmAsync(clients, time, await LifeCycleAsync(server, clients), server.Port, warmUp);

    /// <summary>The same at a rate, without a warm-up.</summary>
    public static async Task<Measured> LifeCyclesAsync(ServerProcess server, int clients, int perSecond, TimeSpan time) =>
        await Load.OpenAsync(clients, perSecond, time, await LifeCycleAsync(server, clients), server.Port);

    static async Task<Func<int, LeanConnection, Task>> LifeCycleAsync(ServerProcess server, int clients)
    {
        var runners = new string[clients];
        using (var connection = new LeanConnection(server.Port))
        {
            for (var client = 0; client < clients; client++)
            {
                runners[client] = await RegisterAsync(server, connection, $"r{Guid.NewGuid():N}");
            }
        }

        var create = LeanConnection.Request(server.Port, "POST", "/runs", """{"type":"start_session","prompt":"bench"}""");
        return async (client, connection) =>
        {
            await connection.ExpectAsync(create);
            var runId = await ClaimAsync(server, connection, runners[client]);
            var report = $$"""{"runner_id":"{{runners[client]}}"}""";
            await connection.ExpectAsync(LeanConnection.Request(server.Port, "POST", $"/runner/runs/{runId}/started", report));
            await connection.ExpectAsync(LeanConnection.Request(server.Port, "POST", $"/runner/runs/{runId}/completed", report));
        };
    }

    /// <summary>Whole lives of runs, so many and those that are under way by then.</summary>
    public static async Task<int> FillRunsAsync(ServerProcess server, int clients, int count)
    {
        var filled = 0;
        while (filled < count)
        {
            filled += (await LifeCyclesAsync(server, clients, TimeSpan.FromSeconds(10), warmUp: TimeSpan.Zero)).Count;
        }

        return filled;
    }

    /// <summary>From sending the enqueue to the parked runner's answer, one at a time.</summary>
    public static async Task<Measured> ClaimLatencyAsync(ServerProcess server, int count)
    {
        using var polling = new LeanConnection(server.Port);
        using var enqueuing = new LeanConnection(server.Port);
        var runner = await RegisterAsync(server, polling, "parked");
        var create = LeanConnection.Request(server.Port, "POST", "/runs", """{"type":"start_session","prompt":"bench"}""");
        var latencies = new List<double>();
        var start = Stopwatch.GetTimestamp();
        for (var n = 0; n < count; n++)
        {
            var claim = ClaimAsync(server, polling, runner);
            await Task.Delay(20);
            var since = Stopwatch.GetTimestamp();
            await enqueuing.ExpectAsync(create);
            var runId = await claim;
            latencies.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
            var report = $$"""{"runner_id":"{{runner}}"}""";
            await polling.ExpectAsync(LeanConnection.Request(server.Port, "POST", $"/runner/runs/{runId}/completed", report));
        }

        return new Measured(latencies, Stopwatch.GetElapsedTime(start));
    }

    /// <summary>One session's feed to many readers; latency from the poster's clock to each reader. Fails if one misses an event.</summary>
    public static async Task<Measured> FeedAsync(ServerProcess server, int readers, int perSecond, TimeSpan time)
    {
        using var posting = new LeanConnection(server.Port);
        await posting.ExpectAsync(LeanConnection.Request(server.Port, "POST", "/sessions", """{"session_id":"feed","session_name":"feed"}"""));
        var total = (int)(perSecond * time.TotalSeconds);
        var reading = Enumerable.Range(0, readers).Select(_ => ReadFeedAsync(server.Port, total)).ToArray();
        await Task.Delay(1_000);
        var start = Stopwatch.GetTimestamp();
        for (var n = 0; n < total; n++)
        {
            var early = TimeSpan.FromSeconds((double)n / perSecond) - Stopwatch.GetElapsedTime(start);
            if (early > TimeSpan.Zero)
            {
                await Task.Delay(early);
            }

            var now = Stopwatch.GetTimestamp().ToString(CultureInfo.InvariantCulture);
            await posting.ExpectAsync(LeanConnection.Request(server.Port, "POST", "/sessions/feed/events", Event("feed", now)));
        }

        var all = await Task.WhenAll(reading).WaitAsync(TimeSpan.FromSeconds(30));
        return new Measured([.. all.SelectMany(l => l)], Stopwatch.GetElapsedTime(start));
    }

    public static async Task FillSessionsAsync(ServerProcess server, int count)
    {
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(async () =>
        {
            using var connection = new LeanConnection(server.Port);
            int n;
            while ((n = Interlocked.Increment(ref next)) <= count)
            {
                await connection.ExpectAsync(LeanConnection.Request(server.Port, "POST", "/sessions", $$"""{"session_id":"fill-{{n}}","session_name":"fill-{{n}}"}"""));
            }
        })));
    }

    public static async Task<Measured> ListPagesAsync(ServerProcess server, int count)
    {
        using var connection = new LeanConnection(server.Port);
        var latencies = new List<double>();
        var start = Stopwatch.GetTimestamp();
        var cursor = "";
        for (var n = 0; n < count; n++)
        {
            var since = Stopwatch.GetTimestamp();
            var body = await connection.ExpectAsync(LeanConnection.Request(server.Port, "GET", $"/sessions?limit=100{cursor}"));
            latencies.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
            using var page = JsonDocument.Parse(Unchunk(body));
            cursor = page.RootElement.GetProperty("next_cursor").GetString() is { } next ? $"&cursor={next}" : "";
        }

        return new Measured(latencies, Stopwatch.GetElapsedTime(start));
    }

    /// <summary>Reads of session and status at one rate, events at another, at the same time.</summary>
    public static async Task<(Measured Reads, Measured Writes)> MixedAsync(ServerProcess server, int perSecond, TimeSpan time)
    {
        var read = LeanConnection.Request(server.Port, "GET", "/sessions/fill-1/status");
        var readEvents = LeanConnection.Request(server.Port, "GET", "/sessions/fill-2/events?limit=20");
        var writes = Enumerable.Range(0, 32).Select(c =>
            LeanConnection.Request(server.Port, "POST", $"/sessions/fill-{c + 2}/events", Event($"fill-{c + 2}", "2026-01-01T00:00:00Z"))).ToArray();
        var reading = Load.OpenAsync(32, perSecond, time, (c, connection) => connection.ExpectAsync(c % 2 == 0 ? read : readEvents), server.Port);
        var writing = Load.OpenAsync(32, perSecond, time, (c, connection) => connection.ExpectAsync(writes[c]), server.Port);
        return (await reading, await writing);
    }

    public static async Task<string> RegisterAsync(ServerProcess server, LeanConnection connection, string name)
    {
        var body = await connection.ExpectAsync(LeanConnection.Request(server.Port, "POST", "/runner/register",
            $$"""{"hostname":"{{name}}","project_dir":"/","executor_type":"bench"}"""));
        using var answer = JsonDocument.Parse(body);
        return answer.RootElement.GetProperty("runner_id").GetString()!;
    }

    static async Task<string> ClaimAsync(ServerProcess server, LeanConnection connection, string runner) =>
        (await ClaimRunAsync(server, connection, runner)).GetProperty("run_id").GetString()!;

    /// <summary>The run as the runner gets it.</summary>
    public static async Task<JsonElement> ClaimRunAsync(ServerProcess server, LeanConnection connection, string runner)
    {
        while (true)
        {
            var (status, body) = await connection.SendAsync(LeanConnection.Request(server.Port, "GET", $"/runner/runs?runner_id={runner}"));
            if (status == 200)
            {
                return JsonElement.Parse(body.Span).GetProperty("run");
            }
        }
    }

    static async Task<List<double>> ReadFeedAsync(int port, int total)
    {
        using var connection = new LeanConnection(port);
        await connection.WriteAsync(LeanConnection.Request(port, "GET", "/sessions/feed/feed"));
        var latencies = new List<double>(total);
        var buffer = new byte[256 * 1024];
        var length = 0;
        while (latencies.Count < total)
        {
            var received = await connection.ReadAsync(buffer.AsMemory(length));
            if (received == 0)
            {
                throw new IOException($"the feed ended after {latencies.Count} of {total} events");
            }

            length += received;
            length = Take(buffer, length, latencies);
        }

        return latencies;
    }

    static int Take(byte[] buffer, int length, List<double> latencies)
    {
        var at = 0;
        int end;
        while ((end = buffer.AsSpan(at, length - at).IndexOf("\n\n"u8)) >= 0)
        {
            var frame = buffer.AsSpan(at, end);
            var mark = frame.IndexOf("\"timestamp\":\""u8);
            if (mark >= 0)
            {
                var text = frame[(mark + 13)..];
                var sent = long.Parse(Encoding.ASCII.GetString(text[..text.IndexOf((byte)'"')]), CultureInfo.InvariantCulture);
                latencies.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }

            at += end + 2;
        }

        Buffer.BlockCopy(buffer, at, buffer, 0, length - at);
        return length - at;
    }

    public static ReadOnlyMemory<byte> Unchunk(ReadOnlyMemory<byte> body)
    {
        if (body.Span[0] == (byte)'{')
        {
            return body;
        }

        var joined = new MemoryStream();
        var rest = body.Span;
        while (true)
        {
            var line = rest.IndexOf("\r\n"u8);
            var size = Convert.ToInt32(Encoding.ASCII.GetString(rest[..line]), 16);
            if (size == 0)
            {
                return joined.ToArray();
            }

            joined.Write(rest.Slice(line + 2, size));
            rest = rest[(line + 2 + size + 2)..];
        }
    }
}
