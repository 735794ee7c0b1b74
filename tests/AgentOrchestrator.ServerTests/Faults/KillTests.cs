using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace AgentOrchestrator.ServerTests.Faults;

/// <summary>kill -9 of the server under load: what was acknowledged is there once, and logs are dense.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    static readonly int s_kills = Environment.GetEnvironmentVariable("TEST_LEVEL") is "full" ? 20 : 3;

    const int Clients = 8;

    [Fact]
    public async Task A_killed_server_loses_nothing_that_it_acknowledged_and_doubles_nothing()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var server = new ServerProcess("--no-runner");
        await server.StartAsync(cancel);
        var history = new History();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var clients = Enumerable.Range(0, Clients).Select(c => Task.Run(() => WorkAsync(server.Client, c, history, over.Token), cancel)).ToArray();

        var random = new Random(20_261_121);
        for (var kill = 0; kill < s_kills; kill++)
        {
            var more = random.Next(50, 400);
            await history.WaitForAsync(history.Count + more, TimeSpan.FromSeconds(60), cancel);
            await server.KillAsync();
            await server.StartAsync(cancel);
        }

        await history.WaitForAsync(history.Count + 50, TimeSpan.FromSeconds(60), cancel);
        await over.CancelAsync();
        await Task.WhenAll(clients);

        await CheckLogsAsync(server.Client, history, cancel);
        await CheckRunsAsync(server.Client, history, cancel);
        output.WriteLine($"{s_kills} kills, {history.Count} acknowledged operations, 0 lost, 0 doubled");
    }

    /// <summary>Events and runs, one after another, each repeated under its key until it is acknowledged.</summary>
    static async Task WorkAsync(HttpClient http, int client, History history, CancellationToken over)
    {
        var session = $"kill-{client}";
        await UntilAcknowledgedAsync(http, "/sessions", $$"""{"session_id":"{{session}}","session_name":"{{session}}"}""", $"create-{client}", over);
        for (var n = 0; !over.IsCancellationRequested; n++)
        {
            var operation = $"op-{client}-{n}";
            if (n % 10 == 9)
            {
                var body = $$"""{"type":"start_session","prompt":"{{operation}}"}""";
                if (await UntilAcknowledgedAsync(http, "/runs", body, operation, over))
                {
                    history.Runs.Add(operation);
                    history.Acknowledge();
                }
            }
            else
            {
                var body = $$"""{"event_type":"message","session_id":"{{session}}","timestamp":"{{operation}}","role":"user","content":[]}""";
                if (await UntilAcknowledgedAsync(http, $"/sessions/{session}/events", body, operation, over))
                {
                    history.Events.Add((session, operation));
                    history.Acknowledge();
                }
            }
        }
    }

    static async Task<bool> UntilAcknowledgedAsync(HttpClient http, string path, string body, string key, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
                request.Headers.Add("Idempotency-Key", key);
                using var answer = await http.SendAsync(request, over);
                if (answer.IsSuccessStatusCode)
                {
                    return true;
                }

                Assert.True((int)answer.StatusCode is 409 or 503, $"{path}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync(over)}");
            }
            catch (HttpRequestException)
            {
                await Task.Yield();
            }
            catch (OperationCanceledException)
            {
                // Over, or cut in the middle: unknown, so the next round asks again under the same key.
            }
        }

        return false;
    }

    static async Task CheckLogsAsync(HttpClient http, History history, CancellationToken cancel)
    {
        var expected = history.Events.ToLookup(e => e.Session, e => e.Operation);
        foreach (var session in expected)
        {
            var found = new List<string>();
            long after = 0;
            while (true)
            {
                var page = await http.GetFromJsonAsync<JsonElement>($"/sessions/{session.Key}/events?after={after}&limit=500", cancel);
                foreach (var entry in page.GetProperty("events").EnumerateArray())
                {
                    Assert.Equal(++after, entry.GetProperty("seq").GetInt64());
                    found.Add(entry.GetProperty("timestamp").GetString()!);
                }

                if (page.GetProperty("next_after").ValueKind is JsonValueKind.Null)
                {
                    break;
                }
            }

            Assert.Equal(found.Count, found.Distinct().Count());
            Assert.Empty(session.Except(found));
        }
    }

    static async Task CheckRunsAsync(HttpClient http, History history, CancellationToken cancel)
    {
        var runs = await http.GetFromJsonAsync<JsonElement>("/runs", cancel);
        var prompts = runs.GetProperty("runs").EnumerateArray().Select(r => r.GetProperty("prompt").GetString()!).ToArray();

        Assert.Equal(prompts.Length, prompts.Distinct().Count());
        Assert.Empty(history.Runs.Except(prompts));
    }

    /// <summary>What was acknowledged, and a way to wait for more of it.</summary>
    sealed class History
    {
        int _count;

        public ConcurrentBag<(string Session, string Operation)> Events { get; } = [];

        public ConcurrentBag<string> Runs { get; } = [];

        public int Count => Volatile.Read(ref _count);

        public void Acknowledge() => Interlocked.Increment(ref _count);

        public Task WaitForAsync(int count, TimeSpan limit, CancellationToken cancel) =>
            Eventually.TrueAsync(() => Count >= count, $"{count} operations are acknowledged", limit, cancel);
    }
}
