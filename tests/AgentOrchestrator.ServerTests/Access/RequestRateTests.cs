using System.Net.Http.Headers;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Server.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace AgentOrchestrator.ServerTests.Access;

public sealed class RequestRateTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_that_asks_too_fast_is_told_when_to_come_back_and_others_are_served()
    {
        await using var server = await GuardedServer.StartAsync(options => options with { RateLimit = 1 });
        var viewer = await server.TokenOfAsync(Role.Viewer);

        using var refused = await FloodAsync(server, viewer);

        Assert.Contains("RATE_LIMIT", await refused.AssertProblemAsync(429, "rate_limit"), StringComparison.Ordinal);
        Assert.True(refused.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
        using var health = await server.SendAsync(HttpMethod.Get, "/health", viewer);
        using var other = await server.SendAsync(HttpMethod.Get, "/sessions", await server.TokenOfAsync(Role.Viewer));
        Assert.True(health.IsSuccessStatusCode);
        Assert.True(other.IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_flood_on_a_runners_token_stops_none_of_its_signs_of_life()
    {
        await using var server = await GuardedServer.StartAsync(options => options with { RateLimit = 1 });
        var runner = await server.TokenOfAsync(Role.Runner);
        using var http = new HttpClient { BaseAddress = server.Url, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", runner) } };
        var registered = await http.PostJsonAsync("/runner/register", new { hostname = "h", project_dir = "/p", executor_type = "e" });
        using var refused = await FloodAsync(server, runner, "/runners");
        Assert.Equal(429, (int)refused.StatusCode);

        for (var n = 0; n < 50; n++)
        {
            await http.PostJsonAsync("/runner/heartbeat", new { runner_id = registered.Text("runner_id") });
        }
    }

    [Fact]
    public async Task The_client_waits_as_it_is_told_and_asks_again()
    {
        await using var server = await GuardedServer.StartAsync(options => options with { RateLimit = 2 });
        using var refused = await FloodAsync(server, server.Host.Token!);
        using var client = new OrchestratorClient(new ServerAddress(server.Url.ToString().TrimEnd('/'), server.Host.Token, TokenSource.None));

        Assert.NotEmpty((await client.Tokens.ListAsync(Cancel)).Tokens);
    }

    [Fact]
    public async Task What_keeps_runs_alive_and_ends_them_is_never_counted()
    {
        await using var server = await TestServer.StartAsync();

        var counted = server.Host.Routes.OfType<RouteEndpoint>()
            .Where(route => route.Metadata.GetMetadata<Unlimited>() is null)
            .Select(route => "/" + route.RoutePattern.RawText!.TrimStart('/'))
            .ToList();

        Assert.DoesNotContain(counted, path => path.StartsWith("/runner/", StringComparison.Ordinal) || path.StartsWith("/launcher/", StringComparison.Ordinal));
        Assert.DoesNotContain(counted, path => path.EndsWith("/stop", StringComparison.Ordinal) || path.StartsWith("/health", StringComparison.Ordinal));
        Assert.Contains("/sessions/{id}/events", counted);
    }

    /// <summary>Asks until it is refused.</summary>
    static async Task<HttpResponseMessage> FloodAsync(TestServer server, string token, string path = "/sessions")
    {
        while (true)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.SendAsync(HttpMethod.Get, path, token)));
            var refused = Array.Find(answers, answer => !answer.IsSuccessStatusCode);
            foreach (var answer in answers.Where(answer => answer != refused))
            {
                answer.Dispose();
            }

            if (refused is not null)
            {
                return refused;
            }
        }
    }
}
