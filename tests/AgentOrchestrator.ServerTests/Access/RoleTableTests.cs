using System.Text.RegularExpressions;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Server.Access;
using Microsoft.AspNetCore.Routing;

namespace AgentOrchestrator.ServerTests.Access;

/// <summary>Every route that there is, with every role that there is.</summary>
public sealed partial class RoleTableTests
{
    [Fact]
    public async Task Every_route_has_a_policy()
    {
        await using var server = await GuardedServer.StartAsync();

        Assert.NotEmpty(server.Host.Routes);
        Assert.All(server.Host.Routes, route => Assert.NotNull(route.Metadata.GetMetadata<Policy>()));
    }

    [Fact]
    public async Task Every_route_lets_in_the_roles_of_its_policy_and_no_other()
    {
        await using var server = await GuardedServer.StartAsync();
        foreach (var role in Enum.GetValues<Role>())
        {
            var token = await server.TokenOfAsync(role);
            foreach (var (route, method) in Routes(server))
            {
                var policy = route.Metadata.GetMetadata<Policy>()!;

                using var answer = await server.SendAsync(new HttpMethod(method), PathOf(route), token);

                var isRefused = (int)answer.StatusCode is 403 && await IsRoleRefusalAsync(answer);
                Assert.True(policy.Admits(role) != isRefused, $"{role} {method} {route.RoutePattern.RawText}: {(int)answer.StatusCode}");
                Assert.True((int)answer.StatusCode is not 401 and < 500, $"{role} {method} {route.RoutePattern.RawText}: {(int)answer.StatusCode}");
            }
        }
    }

    [Theory]
    [InlineData("GET", "/runner/runs?runner_id=x")]
    [InlineData("GET", "/launcher/jobs?launcher_id=x")]
    [InlineData("POST", "/runner/register")]
    [InlineData("POST", "/runner/heartbeat")]
    [InlineData("POST", "/runner/runs/x/started")]
    public async Task What_carries_the_secrets_of_agents_is_for_runners_and_owners(string method, string path)
    {
        await using var server = await GuardedServer.StartAsync();

        using var refused = await server.SendAsync(new HttpMethod(method), path, await server.TokenOfAsync(Role.Operator), method is "POST" ? "{}" : null);

        Assert.Contains("needs the role runner", await refused.AssertProblemAsync(403, "forbidden"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_route_that_is_not_open_asks_for_a_token()
    {
        await using var server = await GuardedServer.StartAsync();
        foreach (var (route, method) in Routes(server))
        {
            using var answer = await server.SendAsync(new HttpMethod(method), PathOf(route));

            if (!route.Metadata.GetMetadata<Policy>()!.IsOpen)
            {
                var detail = await answer.AssertProblemAsync(401, "unauthenticated");
                Assert.Contains("servers.json", detail, StringComparison.Ordinal);
                Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().Scheme);
            }
            else
            {
                Assert.True((int)answer.StatusCode < 400, $"{method} {route.RoutePattern.RawText}: {(int)answer.StatusCode}");
            }
        }
    }

    [Theory]
    [InlineData(Role.Owner, true, true, true, true)]
    [InlineData(Role.Operator, true, true, false, false)]
    [InlineData(Role.Approver, true, false, false, false)]
    [InlineData(Role.Viewer, true, false, false, false)]
    [InlineData(Role.Runner, false, false, true, false)]
    [InlineData(Role.Agent, false, false, false, true)]
    public void A_role_includes_those_below_it(Role role, bool viewer, bool @operator, bool runner, bool agent)
    {
        Assert.Equal(viewer, new Policy([Role.Viewer]).Admits(role));
        Assert.Equal(@operator, new Policy([Role.Operator]).Admits(role));
        Assert.Equal(runner, new Policy([Role.Runner]).Admits(role));
        Assert.Equal(agent, new Policy([Role.Agent]).Admits(role));
    }

    static IEnumerable<(RouteEndpoint Route, string Method)> Routes(TestServer server) =>
        from route in server.Host.Routes.OfType<RouteEndpoint>()
        from method in route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]
        where method is not "HEAD" // Told without words, by the route of its GET.
        select (route, method);

    static string PathOf(RouteEndpoint route) => "/" + Parameter().Replace(route.RoutePattern.RawText!, "none").Trim('/');

    static async Task<bool> IsRoleRefusalAsync(HttpResponseMessage answer) =>
        (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Contains("needs the role", StringComparison.Ordinal);

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();
}
