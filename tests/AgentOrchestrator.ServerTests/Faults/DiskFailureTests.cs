using System.Net;
using System.Text.Json;

namespace AgentOrchestrator.ServerTests.Faults;

/// <summary>A disk that fails: the process acknowledges nothing from then on, says so in a line, and ends for its supervisor to start it again.</summary>
[Collection(nameof(Alone))]
public sealed class DiskFailureTests : IAsyncDisposable
{
    const int Clients = 4;

    // Of one thread. An append has fewer.
    const int MostWrites = 24;

    static readonly TimeSpan s_soon = TimeSpan.FromMinutes(2);

    readonly ServerProcess _server = new("--no-runner");

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("fsync,fdatasync:error=EIO:when=1+")]
    [InlineData("fsync,fdatasync:error=EIO:when=2")]
    [InlineData("fsync,fdatasync:error=EIO:when=30")]
    [InlineData("pwrite64:error=EIO:when=3")]
    public async Task Nothing_is_acknowledged_after_the_failure_and_nothing_acknowledged_is_lost(string fault)
    {
        await _server.StartAsync(Cancel);
        await CreateAsync(Enumerable.Range(1, Clients));
        var process = _server.Process;
        await using var injected = await InjectedFault.IntoAsync(process, fault, Cancel);
        var acknowledged = await Task.WhenAll(Enumerable.Range(1, Clients).Select(WorkAsync));

        await process.WaitForExitAsync(Cancel).WaitAsync(s_soon, Cancel);
        Assert.Equal(1, process.ExitCode);
        var said = Assert.Single(_server.Output.Split('\n'), line => line.StartsWith("Error: ", StringComparison.Ordinal));
        Assert.Contains("The disk of the data folder failed", said, StringComparison.Ordinal);
        Assert.Contains("start the server again", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", _server.Output, StringComparison.Ordinal);
        Assert.NotEqual(0, new FileInfo(Path.Combine(_server.DataFolder, "observability.db-wal")).Length);

        await _server.KillAsync();
        await _server.StartAsync(Cancel);
        for (var client = 1; client <= Clients; client++)
        {
            Assert.InRange(await CountAsync(client), acknowledged[client - 1], acknowledged[client - 1] + 1);
        }

        await _server.KillAsync();
        using var text = new StringWriter();
        Assert.True(Server.Archives.VerifyProgram.Run([_server.DataFolder], text) == 0, text.ToString());
    }

    [Fact]
    public async Task What_never_came_to_the_disk_is_shown_to_nobody()
    {
        await _server.StartAsync(Cancel);
        await CreateAsync([1]);
        await using var injected = await InjectedFault.IntoAsync(_server.Process, "fsync,fdatasync:error=EIO:when=1+", Cancel);
        using var begun = new SemaphoreSlim(0);
        var readers = Enumerable.Range(0, 4).Select(_ => ReadUntilGoneAsync(begun)).ToList();
        foreach (var _ in readers)
        {
            await begun.WaitAsync(Cancel);
        }

        Assert.Equal(0, await WorkAsync(1));
        Assert.All(await Task.WhenAll(readers).WaitAsync(s_soon, Cancel), shown => Assert.Equal(0, shown));
    }

    [Fact]
    public async Task No_space_for_any_one_write_refuses_that_work_and_nothing_else()
    {
        await _server.StartAsync(Cancel);
        await CreateAsync([0]);
        var (kept, refused, failed) = (0, 0, true);
        for (var write = 1; failed && write <= MostWrites; write++)
        {
            var error = write % 2 == 0 ? "EDQUOT" : "ENOSPC";
            await using var injected = await InjectedFault.IntoAsync(_server.Process, $"pwrite64:error={error}:when={write}", Cancel);
            for (var append = 0; append < 2 && !injected.HasFailed; append++)
            {
                var answer = await AppendAsync(0, kept + 1);
                Assert.True(answer is HttpStatusCode.OK or HttpStatusCode.InsufficientStorage, $"{answer}");
                _ = answer is HttpStatusCode.OK ? kept++ : refused++;
            }

            // Should the write be one of those that nobody waits for, nobody is refused.
            await Eventually.TrueAsync(async () => await AppendAsync(0, kept + 1) is HttpStatusCode.OK, "the server goes on", s_soon, Cancel);
            failed = injected.HasFailed;
            Assert.Equal(++kept, await CountAsync(0));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{refused} refused, {kept} kept");
        Assert.NotEqual(0, refused);

        await _server.KillAsync();
        await _server.StartAsync(Cancel);
        Assert.Equal(kept, await CountAsync(0));
        await _server.KillAsync();
        using var text = new StringWriter();
        Assert.True(Server.Archives.VerifyProgram.Run([_server.DataFolder], text) == 0, text.ToString());
    }

    /// <summary>Appends to a log of its own until the server is gone.</summary>
    /// <returns>How many events were acknowledged. One more may be there: of the request that was cut.</returns>
    async Task<int> WorkAsync(int client)
    {
        var acknowledged = 0;
        try
        {
            while (await AppendAsync(client, acknowledged + 1) is var answer && answer is not HttpStatusCode.ServiceUnavailable)
            {
                Assert.Equal(HttpStatusCode.OK, answer);
                acknowledged++;
            }
        }
        catch (HttpRequestException)
        {
            // The server is gone.
        }

        return acknowledged;
    }

    /// <returns>How many events the log was ever shown with.</returns>
    async Task<int> ReadUntilGoneAsync(SemaphoreSlim begun)
    {
        var shown = 0;
        try
        {
            while (true)
            {
                using var answer = await _server.Client.TryAsync(HttpMethod.Get, "/sessions/s1/events?limit=500");
                if (answer.StatusCode is HttpStatusCode.OK)
                {
                    using var page = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel));
                    shown = Math.Max(shown, page.RootElement.GetProperty("events").GetArrayLength());
                }

                begun.Release();
            }
        }
        catch (HttpRequestException)
        {
            return shown;
        }
    }

    async Task CreateAsync(IEnumerable<int> clients)
    {
        foreach (var client in clients)
        {
            await _server.Client.PostJsonAsync("/sessions", $$"""{"session_id":"s{{client}}","session_name":"s{{client}}"}""");
        }
    }

    async Task<HttpStatusCode> AppendAsync(int client, int n)
    {
        using var answer = await _server.Client.TryAsync(
            HttpMethod.Post,
            $"/sessions/s{client}/events",
            $$"""{"event_type":"message","session_id":"s{{client}}","timestamp":"{{n}}","role":"user","content":[]}""");
        return answer.StatusCode;
    }

    /// <summary>The length of the log, whose events are those that the client sent, in its order.</summary>
    async Task<long> CountAsync(int client)
    {
        long after = 0;
        while (true)
        {
            var page = await _server.Client.GetJsonAsync($"/sessions/s{client}/events?after={after}&limit=500");
            foreach (var entry in page.GetProperty("events").EnumerateArray())
            {
                Assert.Equal(++after, entry.GetProperty("seq").GetInt64());
                Assert.Equal($"{after}", entry.Text("timestamp"));
            }

            if (page.GetProperty("next_after").ValueKind is JsonValueKind.Null)
            {
                return after;
            }
        }
    }
}
