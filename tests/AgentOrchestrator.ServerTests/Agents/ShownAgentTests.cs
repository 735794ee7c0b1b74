using System.Text.Json;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.ServerTests.Access;

namespace AgentOrchestrator.ServerTests.Agents;

public sealed class ShownAgentTests
{
    const string Definition = """
        {"name":"a","description":"d","mcp_servers":{
          "local":{"command":"serve","env":{"KEY":"sk-1","NAMED":"${KEY}","MIXED":"x${KEY}"}},
          "remote":{"type":"http","url":"http://h/","headers":{"Authorization":"Bearer t","X":"${X}"}}}}
        """;

    [Fact]
    public async Task Secrets_of_mcp_servers_are_shown_to_owners_and_runners_only()
    {
        await using var server = await GuardedServer.StartAsync();
        await server.JsonAsync("/agents", Definition);
        foreach (var role in Enum.GetValues<Role>())
        {
            var token = await server.TokenOfAsync(role);

            var one = await GuardedServer.ReadJsonAsync(await server.SendAsync(HttpMethod.Get, "/agents/a", token));
            var all = await GuardedServer.ReadJsonAsync(await server.SendAsync(HttpMethod.Get, "/agents", token));

            var expected = role is Role.Owner or Role.Runner
                ? "sk-1 ${KEY} x${KEY} Bearer t ${X}"
                : "*** ${KEY} *** *** ${X}";
            Assert.Equal((role, expected), (role, Values(one)));
            Assert.Equal((role, expected), (role, Values(all.EnumerateArray().Single(agent => agent.GetProperty("name").GetString() == "a"))));
        }
    }

    [Fact]
    public async Task An_operator_who_switches_an_agent_is_shown_no_secret_and_the_owners_changes_keep_them()
    {
        await using var server = await GuardedServer.StartAsync();
        await server.JsonAsync("/agents", Definition);
        var token = await server.TokenOfAsync(Role.Operator);

        var switched = await GuardedServer.ReadJsonAsync(
            await server.SendAsync(HttpMethod.Patch, "/agents/a/status", token, """{"status":"inactive"}"""));
        var changed = await GuardedServer.ReadJsonAsync(
            await server.SendAsync(HttpMethod.Patch, "/agents/a", server.Host.Token, """{"description":"e"}"""));

        Assert.Equal("*** ${KEY} *** *** ${X}", Values(switched));
        Assert.Equal("sk-1 ${KEY} x${KEY} Bearer t ${X}", Values(changed));
    }

    static string Values(JsonElement agent)
    {
        var servers = agent.GetProperty("mcp_servers");
        var env = servers.GetProperty("local").GetProperty("env");
        var headers = servers.GetProperty("remote").GetProperty("headers");
        return string.Join(' ', new[]
        {
            env.GetProperty("KEY"), env.GetProperty("NAMED"), env.GetProperty("MIXED"), headers.GetProperty("Authorization"), headers.GetProperty("X"),
        });
    }
}
