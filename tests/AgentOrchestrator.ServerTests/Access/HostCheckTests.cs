namespace AgentOrchestrator.ServerTests.Access;

/// <summary>The first wall against pages whose name was made to point here.</summary>
public sealed class HostCheckTests
{
    static readonly string[] s_foreign =
    [
        "evil.example", "evil.example:{p}", "localhost", "127.0.0.1", "[::1]", "localhost:1", "127.0.0.1:{q}", "localhost:{p}0", "localhost:",
        "localhost.:{p}", "localhost.evil.example:{p}", "127.0.0.1.nip.io:{p}", "evil.localhost:{p}", "127.1:{p}", "0x7f.1:{p}", "2130706433:{p}",
        "0.0.0.0:{p}", "127.0.0.2:{p}", "[::]:{p}", "[::ffff:127.0.0.1]:{p}", "[0:0:0:0:0:0:0:1]:{p}", "127.0.0.1:{p}:{p}", "127.0.0.1:0{p}x",
        "127.0.0.1:-{p}", "127.0.0.1:+{p}", "127.0.0.1: {p}", "127.0.0.1:99999999999", "::1:{p}", "localhost:{p},evil.example", "xn--lcalhost-54a:{p}",
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Answers_to_no_foreign_name_on_any_route(bool noAuth)
    {
        await using var server = await GuardedServer.StartAsync(options => options with { NoAuth = noAuth });
        foreach (var host in s_foreign.Select(h => Fill(h, server)))
        {
            foreach (var path in (string[])["/health", "/", "/sessions", "/ws", "/no/such/route"])
            {
                var (status, text) = await RawHttp.GetAsync(server.Url, path, $"Host: {host}");

                Assert.True(status is 403 or 400, $"{host} {path}: {status}");
                Assert.True(status is 400 || text.Contains("host_not_allowed", StringComparison.Ordinal), $"{host} {path}: {text}");
                Assert.DoesNotContain("healthy", text, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("Host: ")]
    [InlineData("X-Nothing: 1")]
    [InlineData("Host: evil.example\r\nX-Forwarded-Host: 127.0.0.1:{p}")]
    [InlineData("Host: 127.0.0.1:{p}\r\nHost: evil.example")]
    [InlineData("Host: user@127.0.0.1:{p}")]
    public async Task Answers_to_no_missing_doubled_or_forwarded_name(string headers)
    {
        await using var server = await GuardedServer.StartAsync();

        var (status, text) = await RawHttp.GetAsync(server.Url, "/health", Fill(headers, server));

        Assert.True(status is 400 or 403, text);
        Assert.DoesNotContain("healthy", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Does_not_trust_an_absolute_target_over_the_header()
    {
        await using var server = await GuardedServer.StartAsync();
        var own = Fill("127.0.0.1:{p}", server);

        var (mismatch, _) = await RawHttp.SendAsync(server.Url, $"GET http://evil.example/health HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\n\r\n");
        var (foreign, _) = await RawHttp.SendAsync(
            server.Url, "GET http://evil.example/health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
        var (old, _) = await RawHttp.SendAsync(server.Url, "GET /health HTTP/1.0\r\n\r\n");

        Assert.Equal((400, 403, 403), (mismatch, foreign, old));
    }

    [Theory]
    [InlineData("127.0.0.1:{p}")]
    [InlineData("localhost:{p}")]
    [InlineData("LOCALHOST:{p}")]
    [InlineData("[::1]:{p}")]
    public async Task Answers_to_its_own_names(string host)
    {
        await using var server = await GuardedServer.StartAsync();

        var (status, _) = await RawHttp.GetAsync(server.Url, "/health", $"Host: {Fill(host, server)}");

        Assert.Equal(200, status);
    }

    [Fact]
    public async Task Answers_to_names_that_the_operator_lists()
    {
        await using var server = await GuardedServer.StartAsync(options => options with { AllowedHosts = ["ao.example.org", "box:9999"] });

        Assert.Equal(200, (await RawHttp.GetAsync(server.Url, "/health", "Host: ao.example.org")).Status);
        Assert.Equal(200, (await RawHttp.GetAsync(server.Url, "/health", "Host: AO.example.org:443")).Status);
        Assert.Equal(200, (await RawHttp.GetAsync(server.Url, "/health", "Host: box:9999")).Status);
        Assert.Equal(403, (await RawHttp.GetAsync(server.Url, "/health", "Host: box:9998")).Status);
        Assert.Equal(403, (await RawHttp.GetAsync(server.Url, "/health", "Host: xao.example.org")).Status);
    }

    static string Fill(string text, TestServer server) =>
        text.Replace("{p}", server.Url.Port.ToString(), StringComparison.Ordinal)
            .Replace("{q}", (server.Url.Port ^ 1).ToString(), StringComparison.Ordinal);
}
