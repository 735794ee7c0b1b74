using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text.Json;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Access;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.ServerTests.Access;
using AgentOrchestrator.StoreTests;
using Microsoft.Extensions.DependencyInjection;

namespace AgentOrchestrator.ServerTests.Live;

/// <summary>Feeds that the server ends: their token opens nothing any more, or their reader is too slow.</summary>
public sealed class FeedEndTests
{
    const int TokenEnded = 4001;
    const int TooSlow = 4008;
    const string Topics = "agent-orchestrator.v1";

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null)]
    [InlineData(Topics)]
    public async Task A_socket_closes_when_its_token_is_revoked(string? subProtocol)
    {
        await using var server = await GuardedServer.StartAsync();
        var (id, token) = await CreateTokenAsync(server);
        using var socket = await ConnectAsync(server, subProtocol, token);

        using var revoked = await server.SendAsync(HttpMethod.Delete, $"/tokens/{id}", server.Host.Token);

        Assert.Equal(TokenEnded, await ReadToCloseAsync(socket));
    }

    [Theory]
    [InlineData("/sessions/s/feed")]
    [InlineData("/sse/sessions")]
    public async Task A_stream_ends_with_a_problem_when_its_token_is_revoked_on_another_node(string path)
    {
        await using var server = await GuardedServer.StartAsync();
        await server.JsonAsync("/sessions", """{"session_id":"s","session_name":"s"}""");
        var (id, token) = await CreateTokenAsync(server);

        var seen = await ReadToEndAsync(server, path, token, () =>
            // As another node does it: past everything that this one remembers.
            server.Host.Services.GetRequiredService<ITokenStore>().RevokeAsync(CoordinatorOptions.DefaultOrg, id, Cancel));

        Assert.Equal("problem", seen[^1].Type);
        Assert.Equal("token_ended", JsonElement.Parse(seen[^1].Data).GetProperty("code").GetString());
    }

    [Fact]
    public async Task Feeds_of_one_node_end_when_another_node_revokes_their_token()
    {
        await using var schema = await PostgresSchema.CreateAsync();
        await using var one = await GuardedServer.StartAsync(options => options with { Database = schema.Address });
        await using var other = await GuardedServer.StartAsync(options => options with { Database = schema.Address });
        await one.JsonAsync("/sessions", """{"session_id":"s","session_name":"s"}""");
        var (id, token) = await CreateTokenAsync(one);
        using var socket = await ConnectAsync(other, Topics, token);

        var seen = await ReadToEndAsync(other, "/sessions/s/feed", token, async () =>
        {
            using var revoked = await one.SendAsync(HttpMethod.Delete, $"/tokens/{id}", one.Host.Token);
            Assert.True(revoked.IsSuccessStatusCode);
        });

        Assert.Equal("problem", seen[^1].Type);
        Assert.Equal(TokenEnded, await ReadToCloseAsync(socket));
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await other.SendAsync(HttpMethod.Get, "/sessions", token);
                return answer.StatusCode is System.Net.HttpStatusCode.Unauthorized;
            },
            "requests are refused as well", TimeSpan.FromSeconds(60), Cancel);
    }

    [Fact]
    public async Task A_socket_closes_when_its_token_expires()
    {
        await using var server = await GuardedServer.StartAsync();
        using var socket = await ConnectBeforeExpiryAsync(server);

        Assert.Equal(TokenEnded, await ReadToCloseAsync(socket));
    }

    [Fact]
    public async Task An_agents_feed_ends_with_its_run()
    {
        await using var server = await GuardedServer.StartAsync();
        var (token, runId, runnerId) = await server.ClaimAsync("agents");

        var seen = await ReadToEndAsync(server, "/sessions/agents/feed", token, () =>
            server.JsonAsync($"/runner/runs/{runId}/failed", $$"""{"runner_id":"{{runnerId}}","error":"enough"}"""));

        Assert.Equal("problem", seen[^1].Type);
    }

    [Fact]
    public async Task Feeds_of_other_tokens_go_on()
    {
        await using var server = await GuardedServer.StartAsync();
        var (id, token) = await CreateTokenAsync(server);
        using var ending = await ConnectAsync(server, null, token);
        using var staying = await ConnectAsync(server, null, server.Host.Token!);

        using var revoked = await server.SendAsync(HttpMethod.Delete, $"/tokens/{id}", server.Host.Token);
        await ReadToCloseAsync(ending);
        await server.JsonAsync("/sessions", """{"session_id":"after","session_name":"after"}""");

        Assert.Contains("\"after\"", await ReceiveAsync(staying), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_feeds_of_a_token_are_bounded_and_each_that_ends_makes_room()
    {
        await using var server = await GuardedServer.StartAsync(options => options with { MaxFeedsPerToken = 2 });
        var token = server.Host.Token!;
        using var first = await ConnectAsync(server, null, token);
        using var second = await server.SendAsync(HttpMethod.Get, "/sse/sessions", token);

        using (var refused = await server.SendAsync(HttpMethod.Get, "/sse/sessions", token))
        {
            Assert.Contains("MAX_FEEDS_PER_TOKEN", await refused.AssertProblemAsync(429, "feed_limit"), StringComparison.Ordinal);
        }

        await first.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancel);
        await Eventually.TrueAsync(
            async () =>
            {
                using var again = await server.SendAsync(HttpMethod.Get, "/sse/sessions", token);
                return again.IsSuccessStatusCode;
            },
            "a place is free", TimeSpan.FromSeconds(60), Cancel);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Topics)]
    public async Task A_reader_that_falls_behind_is_closed_and_told_to_come_back(string? subProtocol)
    {
        await using var server = await TestServer.StartAsync(options => options with
        {
            Coordinator = options.Coordinator with { FeedQueue = 4, FeedSendTimeout = TimeSpan.FromMinutes(5) },
        });
        await server.Client.CreateSessionAsync("s", Cancel);
        using var socket = await ConnectAsync(server, subProtocol, null);
        if (subProtocol is not null)
        {
            await socket.SendAsync("""{"type":"subscribe","topic":"sessions"}"""u8.ToArray(), WebSocketMessageType.Text, true, Cancel);
            Assert.Contains("subscribed", await ReceiveAsync(socket), StringComparison.Ordinal);
        }

        // More than the sockets of both sides take in while nobody reads.
        var body = $$"""{"event_type":"notice","error":"{{new string('x', 500_000)}}"}""";
        for (var n = 0; n < 60; n++)
        {
            await server.Client.CallAsync(HttpMethod.Post, "/sessions/s/events", body, cancel: Cancel);
        }

        Assert.Equal(TooSlow, await ReadToCloseAsync(socket));
    }

    static async Task<(string Id, string Token)> CreateTokenAsync(TestServer server)
    {
        var made = await server.JsonAsync("/tokens", """{"name":"v","role":"viewer"}""");
        return (made.Text("token_id"), made.Text("token"));
    }

    /// <summary>On a token that soon expires: a machine that is too slow for it gets one that lives twice as long.</summary>
    static async Task<ClientWebSocket> ConnectBeforeExpiryAsync(TestServer server)
    {
        var tokens = server.Host.Services.GetRequiredService<ITokenStore>();
        for (var life = TimeSpan.FromSeconds(4); ; life *= 2)
        {
            var token = AccessToken.New();
            var now = WireTime.Truncate(TimeProvider.System.GetUtcNow());
            await tokens.AddAsync(
                new StoredToken(CoordinatorOptions.DefaultOrg, Ids.New("tok_", 12), "short", AccessToken.Hash(token), Role.Viewer, now, now + life, null), Cancel);
            try
            {
                return await ConnectAsync(server, null, token);
            }
            catch (Exception early) when (early is WebSocketException or Xunit.Sdk.XunitException && life < TimeSpan.FromMinutes(2))
            {
                // It expired before the server saw it.
            }
        }
    }

    static async Task<ClientWebSocket> ConnectAsync(TestServer server, string? subProtocol, string? token)
    {
        var socket = new ClientWebSocket();
        if (subProtocol is not null)
        {
            socket.Options.AddSubProtocol(subProtocol);
        }

        if (token is not null)
        {
            socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        }

        await socket.ConnectAsync(new Uri($"ws://{server.Url.Authority}/ws"), Cancel);
        if (subProtocol is null)
        {
            Assert.Contains("init", await ReceiveAsync(socket), StringComparison.Ordinal);
        }

        return socket;
    }

    static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        var buffer = new byte[64 * 1024];
        var received = await socket.ReceiveAsync(buffer, Cancel);
        return System.Text.Encoding.UTF8.GetString(buffer, 0, received.Count);
    }

    static async Task<int> ReadToCloseAsync(ClientWebSocket socket)
    {
        var buffer = new byte[64 * 1024];
        while ((await socket.ReceiveAsync(buffer, Cancel)).MessageType is not WebSocketMessageType.Close)
        {
            // What was on its way.
        }

        return (int)socket.CloseStatus!.Value;
    }

    /// <summary>All of a stream; <paramref name="then"/> happens once it has begun.</summary>
    static async Task<List<(string Type, string Data)>> ReadToEndAsync(TestServer server, string path, string token, Func<Task> then)
    {
        using var http = new HttpClient { BaseAddress = server.Url };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var seen = new List<(string, string)>();
        await foreach (var item in http.ReadFeedAsync(path, null, Cancel))
        {
            if (seen.Count == 0)
            {
                await then();
            }

            seen.Add((item.EventType, item.Data));
        }

        return seen;
    }
}
