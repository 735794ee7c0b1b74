using AgentOrchestrator.Server;
using AgentOrchestrator.Server.Access;

namespace AgentOrchestrator.ServerTests.Access;

/// <summary>Six origins, four ways to run the server, eight shapes of requests: what a web page may do.</summary>
public sealed class OriginTableTests
{
    const string Listed = "http://listed.example:3000";
    const string Own = "own";

    static readonly string?[] s_origins = [null, Own, Listed, "https://evil.example", "null", "http://listed.example:3000.evil.example"];

    static readonly Shape[] s_shapes =
    [
        new("GET"), new("GET with token", HasToken: true), new("POST json", "POST", Json: true), new("POST json with token", "POST", Json: true, HasToken: true),
        new("POST form", "POST"), new("preflight", "OPTIONS", Asks: "content-type"), new("preflight for a token", "OPTIONS", Asks: "content-type, authorization"),
        new("WebSocket", IsSocket: true, HasToken: true),
    ];

    public static TheoryData<bool, bool> Modes => new() { { false, false }, { false, true }, { true, false }, { true, true } };

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task A_page_reads_what_its_origin_may_and_nothing_else(bool noAuth, bool hasList)
    {
        await using var server = await GuardedServer.StartAsync(
            options => options with { NoAuth = noAuth, Cors = CorsOrigins.Parse(hasList ? Listed : null) });
        foreach (var origin in s_origins)
        {
            foreach (var shape in s_shapes)
            {
                var expected = Expected(origin, shape, noAuth, hasList);
                var (status, text) = await SendAsync(server, origin, shape);

                var what = $"{shape.Name} from {origin ?? "no origin"}, noAuth={noAuth}, list={hasList}: {status}\n{text}";
                Assert.True(expected.IsLetIn == !text.Contains("origin_not_allowed", StringComparison.Ordinal), what);
                Assert.True(expected.IsLetIn || status is 403, what);
                Assert.True(expected.Grant == HeaderOf(text, "Access-Control-Allow-Origin"), what);
                Assert.Null(HeaderOf(text, "Access-Control-Allow-Credentials"));
                Assert.Null(HeaderOf(text, "Access-Control-Allow-Private-Network"));
                if (expected.IsLetIn && expected.Grant is not null && shape.Asks is not null)
                {
                    Assert.Equal((200, "600", shape.Asks), (status, HeaderOf(text, "Access-Control-Max-Age"), HeaderOf(text, "Access-Control-Allow-Headers")));
                    Assert.EndsWith("OK", text.TrimEnd(), StringComparison.Ordinal);
                }
            }
        }
    }

    [Theory]
    [InlineData("cross-site", "no-cors", "/sessions", 403)]
    [InlineData("same-site", "no-cors", "/sessions", 403)]
    [InlineData("cross-site", "navigate", "/sessions", 403)]
    [InlineData("cross-site", "navigate", "/", 200)]
    [InlineData("same-origin", "cors", "/sessions", 200)]
    [InlineData("none", "navigate", "/sessions", 200)]
    public async Task A_load_without_origin_is_judged_by_where_the_browser_says_it_comes_from(string site, string mode, string path, int status)
    {
        await using var server = await TestServer.StartAsync();

        var answer = await server.SendAsync(HttpMethod.Get, path, headers: [("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", mode)]);

        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task An_error_is_as_readable_for_a_page_as_a_success()
    {
        await using var server = await GuardedServer.StartAsync();

        var answer = await server.SendAsync(HttpMethod.Get, "/sessions", "wrong", headers: ("Origin", "https://page.example"));

        await answer.AssertProblemAsync(401, "unauthenticated");
        Assert.Equal("*", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Contains("Origin", answer.Headers.Vary);
    }

    /// <summary>The rules once more, in their shortest form.</summary>
    static (bool IsLetIn, string? Grant) Expected(string? origin, Shape shape, bool noAuth, bool hasList)
    {
        if (origin is null or Own)
        {
            return (true, null);
        }

        if (hasList)
        {
            return origin is Listed ? (true, Listed) : (false, null);
        }

        var showsToken = shape.Asks is null ? shape.HasToken : shape.Asks.Contains("authorization", StringComparison.Ordinal);
        return !noAuth && showsToken && !shape.IsSocket ? (true, "*") : (false, null);
    }

    static Task<(int Status, string Text)> SendAsync(TestServer server, string? origin, Shape shape)
    {
        var authority = server.Url.Authority;
        var lines = new List<string> { $"{shape.Method} {(shape.IsSocket ? "/ws" : "/sessions")} HTTP/1.1", $"Host: {authority}" };
        if (origin is not null)
        {
            lines.Add($"Origin: {(origin is Own ? $"http://{authority}" : origin)}");
        }

        if (shape.HasToken)
        {
            // A token that opens nothing ends the handshake with 401 once the origin is let in, so that no socket stays open.
            lines.Add("Authorization: Bearer " + (shape.IsSocket ? "none" : server.Host.Token ?? "none"));
        }

        if (shape.Asks is not null)
        {
            lines.AddRange(["Access-Control-Request-Method: POST", $"Access-Control-Request-Headers: {shape.Asks}"]);
        }

        if (shape.IsSocket)
        {
            lines.AddRange(["Upgrade: websocket", "Sec-WebSocket-Version: 12", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="]);
        }

        lines.Add(shape.IsSocket ? "Connection: Upgrade, close" : "Connection: close");
        if (shape.Method is "POST")
        {
            lines.AddRange([$"Content-Type: {(shape.Json ? "application/json" : "text/plain")}", "Content-Length: 2"]);
        }

        return RawHttp.SendAsync(server.Url, string.Join("\r\n", lines) + "\r\n\r\n" + (shape.Method is "POST" ? "{}" : ""));
    }

    static string? HeaderOf(string text, string name) =>
        text.Split("\r\n").FirstOrDefault(line => line.StartsWith(name + ": ", StringComparison.OrdinalIgnoreCase))?[(name.Length + 2)..];

    sealed record Shape(string Name, string Method = "GET", bool Json = false, bool HasToken = false, string? Asks = null, bool IsSocket = false);
}
