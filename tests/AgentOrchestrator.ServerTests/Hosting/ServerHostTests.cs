using System.Net;
using System.Net.Sockets;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Server;
using AgentOrchestrator.Server.Hosting;
using AgentOrchestrator.ServerTests.Access;

namespace AgentOrchestrator.ServerTests.Hosting;

public sealed class ServerHostTests
{
    [Fact]
    public async Task A_port_in_use_is_said_in_one_sentence()
    {
        await using var first = await TestServer.StartAsync();

        var refusal = await Assert.ThrowsAsync<ProductException>(() => TestServer.StartAsync(o => o with { Urls = [first.Url.ToString()] }));

        Assert.Equal(ErrorCode.Unavailable, refusal.Code);
        Assert.Contains("in use", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_that_do_not_go_together_stop_the_start()
    {
        await Assert.ThrowsAsync<ProductException>(() => TestServer.StartAsync(o => o with { Urls = ["http://0.0.0.0:0"] }));
    }

    [Theory]
    [InlineData(2, "--redis", "redis://localhost")]
    [InlineData(2, "--no-such-switch")]
    [InlineData(2, "--no-auth", "--urls", "http://0.0.0.0:0")]
    [InlineData(0, "--version")]
    [InlineData(0, "--help")]
    public async Task The_command_line_decides_the_exit_code(int exitCode, params string[] args)
    {
        Assert.Equal(exitCode, await ServerProgram.RunAsync(args));
    }

    [Fact]
    public async Task Further_listeners_serve_the_same_routes_and_know_the_same_token()
    {
        await using var server = await GuardedServer.StartAsync(o => o with { Urls = [.. o.Urls, "http://127.0.0.1:0", "http://127.0.0.1:0"] });

        Assert.Equal(3, server.Host.Urls.Count);
        foreach (var url in server.Host.Urls)
        {
            var answer = await server.SendAsync(HttpMethod.Get, url + "/sessions", server.Host.Token);

            Assert.Equal(200, (int)answer.StatusCode);
        }
    }

    [Fact]
    public async Task The_ports_of_the_seeds_can_be_listened_on_beside_each_other()
    {
        string[] urls = ["http://127.0.0.1:9000", "http://127.0.0.1:3300", "http://127.0.0.1:8766"];
        var taken = urls.Where(IsTaken).ToArray();
        var why = $"another program of this machine listens on {string.Join(" and ", taken)}";
        Assert.SkipWhen(taken.Length > 0 && Environment.GetEnvironmentVariable("TEST_LEVEL") is not "full", why);
        Assert.True(taken.Length == 0, why);
        await using var server = await GuardedServer.StartAsync(o => o with { Urls = urls });

        foreach (var url in urls)
        {
            Assert.Equal(200, (int)(await server.SendAsync(HttpMethod.Get, url + "/health")).StatusCode);
        }
    }

    static bool IsTaken(string url)
    {
        using var probe = new TcpListener(IPAddress.Loopback, new Uri(url).Port);
        try
        {
            probe.Start();
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    [Fact]
    public async Task Health_is_told_to_anybody_and_readiness_follows_the_database()
    {
        await using var server = await GuardedServer.StartAsync();

        var health = await GuardedServer.ReadJsonAsync(await server.SendAsync(HttpMethod.Get, "/health"));

        Assert.Equal("""{"status":"healthy","service":"agent-orchestrator","db_connected":true}""", health.GetRawText());
        Assert.Equal(200, (int)(await server.SendAsync(HttpMethod.Get, "/health/ready")).StatusCode);
    }

    [Fact]
    public async Task The_front_page_says_what_runs_here_and_runs_nothing_itself()
    {
        await using var server = await GuardedServer.StartAsync();

        var answer = await server.SendAsync(HttpMethod.Get, "/");
        var page = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("ao start", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_ends_held_requests_at_once()
    {
        await using var server = await TestServer.StartAsync();
        using var feed = await server.SendAsync(HttpMethod.Get, "/sse/sessions");
        var since = TimeProvider.System.GetTimestamp();

        await server.StopAsync();

        Assert.InRange(TimeProvider.System.GetElapsedTime(since), TimeSpan.Zero, Drain.Limit / 2);
    }

    [Fact]
    public void The_screen_of_a_start_names_the_token_s_place_and_never_the_token()
    {
        var options = new ServerOptions { DataDir = "/data", AgentsDir = "/agents", ProjectDir = "/", TokenFile = "/home/me/servers.json" };

        var screen = Greeting.Screen(options, ["http://127.0.0.1:8765"]);

        Assert.All(["http://127.0.0.1:8765", "/home/me/servers.json", "/data", "/agents", "ao start"], part => Assert.Contains(part, screen, StringComparison.Ordinal));
        Assert.DoesNotContain("ao_", screen, StringComparison.Ordinal);
    }
}
