using System.Collections.Concurrent;
using System.Diagnostics;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.ServerTests.Runs;

namespace AgentOrchestrator.ServerTests.Runners;

/// <summary>The runners of a whole network, which all come at one moment, again after a restart of the server, and wait.</summary>
[Collection(nameof(Alone))]
public sealed class HerdTests(ITestOutputHelper output)
{
    const int PollsEach = 10;
    const int Runs = 200;
    static readonly int s_runners = Environment.GetEnvironmentVariable("TEST_LEVEL") is "full" ? 500 : 50;
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Runners_that_come_back_at_once_are_all_held_and_each_run_wakes_one_poll()
    {
        await using var server = await TestServer.StartAsync(options => options with
        {
            Coordinator = options.Coordinator with { PollTimeout = TimeSpan.FromMinutes(10) },
        });
        using var client = new HttpClient { BaseAddress = server.Url, Timeout = s_patience };
        var ids = (await Task.WhenAll(Enumerable.Range(0, s_runners).Select(n => FakeRunner.RegisterAsync(client, $"r{n}")))).Select(runner => runner.RunnerId);
        var claims = new ConcurrentDictionary<string, long>();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var asked = Stopwatch.GetTimestamp();
        var polls = ids.SelectMany(id => Enumerable.Repeat(id, PollsEach))
            .Select(id => HeldPoll.RunAsync(server.Url, id, run => Assert.True(claims.TryAdd(run, Stopwatch.GetTimestamp()), $"{run} was claimed twice"), over.Token))
            .ToList();
        await UntilAllAreHeldAsync(server);
        var held = Stopwatch.GetElapsedTime(asked);

        await server.StopAsync();
        asked = Stopwatch.GetTimestamp();
        await server.StartAgainAsync();
        await UntilAllAreHeldAsync(server);
        var back = Stopwatch.GetElapsedTime(asked);

        var wakesBefore = PollsOf(server).Wakes;
        var waits = await Task.WhenAll(Enumerable.Range(0, Runs).Chunk(Runs / 4).Select(names => ClaimAllAsync(client, names, claims)));
        var wakes = PollsOf(server).Wakes - wakesBefore;

        Assert.Equal(Runs, claims.Count);
        Assert.InRange(wakes, 1, 5 * Runs);
        var sorted = waits.SelectMany(wait => wait).Order().ToList();
        output.WriteLine(
            $"{s_runners * PollsEach} polls held after {held.TotalSeconds:N1} s, after a restart {back.TotalSeconds:N1} s; {Runs} runs made {wakes} wakes; "
            + $"from the request to the claim p50 {sorted[Runs / 2].TotalMilliseconds:N0} ms, p99 {sorted[Runs * 99 / 100].TotalMilliseconds:N0} ms");
        Assert.True(sorted[Runs * 99 / 100] < TimeSpan.FromSeconds(30), $"p99 was {sorted[Runs * 99 / 100]}");
        await over.CancelAsync();
        await Task.WhenAll(polls);
    }

    /// <summary>Queues one after another, each when the one before it is claimed.</summary>
    static async Task<List<TimeSpan>> ClaimAllAsync(HttpClient client, int[] names, ConcurrentDictionary<string, long> claims)
    {
        var waits = new List<TimeSpan>();
        foreach (var name in names)
        {
            var since = Stopwatch.GetTimestamp();
            var run = (await client.PostJsonAsync("/runs", new { type = "start_session", session_name = $"s{name}", prompt = "p" })).Text("run_id");
            await Eventually.TrueAsync(() => claims.ContainsKey(run), $"{run} is claimed", s_patience, Cancel);
            waits.Add(Stopwatch.GetElapsedTime(since, claims[run]));
        }

        return waits;
    }

    static Task UntilAllAreHeldAsync(TestServer server) => Eventually.TrueAsync(
        () => PollsOf(server).Count == s_runners * PollsEach, $"{s_runners * PollsEach} polls are held", s_patience, Cancel);

    static ParkedPolls PollsOf(TestServer server) => server.Host.Services.GetRequiredService<ParkedPolls>();
}
