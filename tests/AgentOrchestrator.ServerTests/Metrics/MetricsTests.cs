using System.Globalization;
using System.Net.WebSockets;
using System.Text.RegularExpressions;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.ServerTests.Access;
using AgentOrchestrator.ServerTests.Runs;

namespace AgentOrchestrator.ServerTests.Metrics;

/// <summary><c>/metrics</c>, read as a collector reads it.</summary>
public sealed partial class MetricsTests
{
    [Fact]
    public async Task A_run_is_counted_from_its_acceptance_to_its_end()
    {
        await using var server = await TestServer.StartAsync();
        var runner = await FakeRunner.RegisterAsync(server.Client, "one");
        await server.Client.PostJsonAsync("/runs", new { type = "start_session", session_name = "first", prompt = "hello" });
        await server.Client.PostJsonAsync("/runs", new { type = "start_session", session_name = "second", prompt = "hello" });
        var runId = await runner.ClaimAsync();
        await runner.StartAsync(runId);

        var live = await ReadAsync(server);

        Assert.Equal(1, live["agent_orchestrator_runs{status=\"pending\"}"]);
        Assert.Equal(1, live["agent_orchestrator_runs{status=\"running\"}"]);
        Assert.Equal(0, live["agent_orchestrator_runs{status=\"stopping\"}"]);
        Assert.Equal(1, live["agent_orchestrator_runners{state=\"online\"}"]);
        Assert.Equal(2, live["agent_orchestrator_runs_queued_total"]);
        Assert.Equal(1, live["agent_orchestrator_runs_claimed_total"]);
        Assert.Equal(1, live["agent_orchestrator_run_wait_seconds_count"]);
        Assert.True(live["agent_orchestrator_queue_age_seconds"] >= 0);

        await runner.FailAsync(runId, "it broke");
        var ended = await ReadAsync(server);

        Assert.Equal(0, ended["agent_orchestrator_runs{status=\"running\"}"]);
        Assert.Equal(1, ended["agent_orchestrator_runs_ended_total{status=\"failed\",reason=\"error\"}"]);
        Assert.Equal(1, ended["agent_orchestrator_run_duration_seconds_count{status=\"failed\"}"]);
        Assert.Equal(1, ended["agent_orchestrator_run_duration_seconds_bucket{status=\"failed\",le=\"+Inf\"}"]);
        Assert.True(ended["agent_orchestrator_events_appended_total"] > live["agent_orchestrator_events_appended_total"]);
        Assert.True(ended["agent_orchestrator_sqlite_wal_bytes"] >= 0);
        Assert.True(ended["dotnet_process_memory_working_set_bytes"] > 0);
        Assert.Contains(ended.Keys, key => key.StartsWith("dotnet_gc_collections_total", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Requests_are_counted_by_the_pattern_of_their_route()
    {
        await using var server = await TestServer.StartAsync();
        for (var i = 0; i < 5; i++)
        {
            await server.Client.GetJsonAsync($"/sessions/nobody-{i}", 404);
            await server.Client.GetJsonAsync($"/nowhere-{i}", 404);
        }

        var metrics = await ReadAsync(server);

        Assert.Equal(5, metrics["agent_orchestrator_http_requests_total{method=\"GET\",route=\"/sessions/{id}\",status=\"404\"}"]);
        Assert.Equal(5, metrics["agent_orchestrator_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"}"]);
        Assert.DoesNotContain(metrics.Keys, key => key.Contains("nobody", StringComparison.Ordinal) || key.Contains("nowhere", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_feed_is_counted_while_it_is_open()
    {
        await using var server = await TestServer.StartAsync();
        using (var socket = new ClientWebSocket())
        {
            await socket.ConnectAsync(new UriBuilder(server.Url) { Scheme = "ws", Path = "/ws" }.Uri, TestContext.Current.CancellationToken);
            await UntilAsync(server, "agent_orchestrator_feeds_open{kind=\"broadcast\"}", 1);
        }

        await UntilAsync(server, "agent_orchestrator_feeds_open{kind=\"broadcast\"}", 0);
    }

    [Fact]
    public async Task They_are_for_those_who_may_read()
    {
        await using var server = await GuardedServer.StartAsync();

        Assert.Equal(401, (int)(await server.SendAsync(HttpMethod.Get, "/metrics")).StatusCode);
        var answer = await server.SendAsync(HttpMethod.Get, "/metrics", await server.TokenOfAsync(Role.Viewer));

        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
    }

    static Task UntilAsync(TestServer server, string series, double value) => Eventually.TrueAsync(
        async () => (await ReadAsync(server)).TryGetValue(series, out var seen) && seen == value,
        $"{series} is {value}", TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

    /// <summary>Every sample by its series; each line must be one that a collector takes.</summary>
    static async Task<Dictionary<string, double>> ReadAsync(TestServer server)
    {
        var text = await server.Client.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        var samples = new Dictionary<string, double>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith('#')))
        {
            Assert.Matches(Sample(), line);
            var cut = line.LastIndexOf(' ');
            samples.Add(line[..cut], double.Parse(line[(cut + 1)..], CultureInfo.InvariantCulture));
        }

        return samples;
    }

    [GeneratedRegex("""^[a-z_][a-z0-9_]*(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? (-?[0-9.eE+-]+|\+Inf)$""")]
    private static partial Regex Sample();
}
