using System.Net.WebSockets;
using AgentOrchestrator.Coordinator.Access;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Server.Access;

namespace AgentOrchestrator.ServerTests.Access;

/// <summary>Tokens from their making to their end.</summary>
public sealed class TokenTests
{
    [Fact]
    public async Task A_revoked_token_opens_nothing_from_then_on()
    {
        await using var server = await GuardedServer.StartAsync();
        var made = await server.JsonAsync("/tokens", """{"name":"phone","role":"viewer","expires_in_seconds":3600}""");
        var (token, id) = (made.GetProperty("token").GetString()!, made.GetProperty("token_id").GetString()!);
        Assert.Equal(200, (int)(await server.SendAsync(HttpMethod.Get, "/sessions", token)).StatusCode);

        var revoked = await server.SendAsync(HttpMethod.Delete, $"/tokens/{id}", server.Host.Token);

        Assert.Equal(200, (int)revoked.StatusCode);
        await (await server.SendAsync(HttpMethod.Get, "/sessions", token)).AssertProblemAsync(401, "unauthenticated");
        var list = await GuardedServer.ReadJsonAsync(await server.SendAsync(HttpMethod.Get, "/tokens", server.Host.Token));
        Assert.DoesNotContain(token, list.GetRawText(), StringComparison.Ordinal);
        Assert.Contains(list.GetProperty("tokens").EnumerateArray(), t => t.GetProperty("token_id").GetString() == id && t.GetProperty("revoked_at").ValueKind is not System.Text.Json.JsonValueKind.Null);
    }

    [Fact]
    public async Task A_token_opens_nothing_after_its_time()
    {
        await using var server = await GuardedServer.StartAsync();
        var now = DateTimeOffset.UtcNow;
        var token = AccessToken.New();
        await server.Host.Services.GetRequiredService<ITokenStore>().AddAsync(
            new StoredToken("default", "tok_0123456789ab", "old", AccessToken.Hash(token), Role.Owner, now.AddHours(-2), now.AddHours(-1), RevokedAt: null),
            TestContext.Current.CancellationToken);

        await (await server.SendAsync(HttpMethod.Get, "/sessions", token)).AssertProblemAsync(401, "unauthenticated");
    }

    [Theory]
    [InlineData("""{"role":"viewer"}""", "name")]
    [InlineData("""{"name":" ","role":"viewer"}""", "name")]
    [InlineData("""{"name":"x"}""", "role")]
    [InlineData("""{"name":"x","role":"king"}""", "role")]
    [InlineData("""{"name":"x","role":"agent"}""", "role")]
    [InlineData("""{"name":"x","role":"viewer","expires_in_seconds":1}""", "expires_in_seconds")]
    [InlineData("""{"name":"x","role":"viewer","expires_in_seconds":99999999999}""", "expires_in_seconds")]
    [InlineData("""{"name":"x","role":"viewer","expires_in_seconds":"soon"}""", "expires_in_seconds")]
    public async Task A_token_that_makes_no_sense_is_not_made(string json, string member)
    {
        await using var server = await GuardedServer.StartAsync();

        var answer = await server.SendAsync(HttpMethod.Post, "/tokens", server.Host.Token, json);

        Assert.Contains(member, await answer.AssertProblemAsync(422, "invalid"), StringComparison.Ordinal);
        var list = await GuardedServer.ReadJsonAsync(await server.SendAsync(HttpMethod.Get, "/tokens", server.Host.Token));
        Assert.Equal(1, list.GetProperty("tokens").GetArrayLength());
    }

    [Fact]
    public async Task The_last_token_of_an_owner_stays()
    {
        await using var server = await GuardedServer.StartAsync();
        var list = await GuardedServer.ReadJsonAsync(await server.SendAsync(HttpMethod.Get, "/tokens", server.Host.Token));
        var id = list.GetProperty("tokens")[0].GetProperty("token_id").GetString();

        await (await server.SendAsync(HttpMethod.Delete, $"/tokens/{id}", server.Host.Token)).AssertProblemAsync(409, "conflict");
        await (await server.SendAsync(HttpMethod.Delete, "/tokens/tok_000000000000", server.Host.Token)).AssertProblemAsync(404, "not_found");
        Assert.Equal(200, (int)(await server.SendAsync(HttpMethod.Get, "/sessions", server.Host.Token)).StatusCode);
    }

    [Theory]
    [InlineData("Authorization", "")]
    [InlineData("Authorization", "Bearer")]
    [InlineData("Authorization", "Bearer ")]
    [InlineData("Authorization", "Bearer x")]
    [InlineData("Authorization", "Bearer aor_0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("Authorization", "Bearer eyJhbGciOiJub25lIn0.e30.")]
    [InlineData("Authorization", "Basic b3duZXI6b3duZXI=")]
    [InlineData("X-Api-Key", "x")]
    [InlineData("Cookie", "token=x")]
    public async Task What_is_no_token_of_this_server_opens_nothing(string name, string value)
    {
        await using var server = await GuardedServer.StartAsync();

        await (await server.SendAsync(HttpMethod.Get, "/sessions", headers: (name, value))).AssertProblemAsync(401, "unauthenticated");
    }

    [Theory]
    [InlineData("api_key")]
    [InlineData("access_token")]
    [InlineData("token")]
    public async Task A_token_in_the_url_is_refused_even_when_it_is_right(string name)
    {
        await using var server = await GuardedServer.StartAsync();

        var answer = await server.SendAsync(HttpMethod.Get, $"/sse/sessions?{name}={server.Host.Token}");

        Assert.Contains("Authorization", await answer.AssertProblemAsync(401, "token_in_url"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Guessing_is_slowed_and_the_right_token_is_never_locked_out()
    {
        await using var server = await GuardedServer.StartAsync();
        for (var i = 0; i < 10; i++)
        {
            await (await server.SendAsync(HttpMethod.Get, "/sessions", "guess" + i)).AssertProblemAsync(401, "unauthenticated");
        }

        var next = await server.SendAsync(HttpMethod.Get, "/sessions", "guess");

        await next.AssertProblemAsync(429, "limit_exceeded");
        Assert.InRange(next.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        Assert.Equal(200, (int)(await server.SendAsync(HttpMethod.Get, "/sessions", server.Host.Token)).StatusCode);
        await (await server.SendAsync(HttpMethod.Get, "/sessions")).AssertProblemAsync(401, "unauthenticated");
    }

    [Fact]
    public async Task A_run_s_token_is_bound_to_its_session_and_dies_with_its_lease()
    {
        await using var server = await GuardedServer.StartAsync();
        await server.JsonAsync("/sessions", """{"session_id":"other","session_name":"other"}""");
        var (token, runId, runnerId) = await server.ClaimAsync("own");

        Assert.Equal(200, (int)(await server.SendAsync(HttpMethod.Get, "/sessions/own", token)).StatusCode);
        await (await server.SendAsync(HttpMethod.Get, "/sessions/other", token)).AssertProblemAsync(404, "not_found");
        await (await server.SendAsync(HttpMethod.Get, "/tokens", token)).AssertProblemAsync(403, "forbidden");

        await server.JsonAsync($"/runner/runs/{runId}/started", $$"""{"runner_id":"{{runnerId}}"}""");
        await server.JsonAsync($"/runner/runs/{runId}/completed", $$"""{"runner_id":"{{runnerId}}","status":"success"}""");
        await (await server.SendAsync(HttpMethod.Get, "/sessions/own", token)).AssertProblemAsync(401, "unauthenticated");
    }

    [Fact]
    public async Task A_web_socket_may_show_its_token_as_a_sub_protocol_which_is_never_chosen()
    {
        await using var server = await GuardedServer.StartAsync();
        var viewer = await server.TokenOfAsync(Role.Viewer);
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("bearer." + viewer);
        socket.Options.AddSubProtocol("agent-orchestrator.v1");

        await socket.ConnectAsync(new Uri($"ws://{server.Url.Authority}/ws"), TestContext.Current.CancellationToken);

        Assert.Equal("agent-orchestrator.v1", socket.SubProtocol);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("bearer.wrong")]
    public async Task A_web_socket_without_a_right_token_is_refused_before_it_opens(string? protocol)
    {
        await using var server = await GuardedServer.StartAsync();
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        if (protocol is not null)
        {
            socket.Options.AddSubProtocol(protocol);
        }

        await Assert.ThrowsAsync<WebSocketException>(
            () => socket.ConnectAsync(new Uri($"ws://{server.Url.Authority}/ws"), TestContext.Current.CancellationToken));

        Assert.Equal(401, (int)socket.HttpStatusCode);
    }
}
