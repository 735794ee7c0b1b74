using AgentOrchestrator.Protocol.Access;

namespace AgentOrchestrator.ServerTests.Access;

/// <summary>A runner's token speaks for the runners that it registered.</summary>
public sealed class RunnerTokenTests
{
    const string Registration =
        """{"hostname":"box","project_dir":"/p","executor_type":"claude-code","capabilities":["leases","claim_ack"],"instance_id":"i1"}""";

    [Fact]
    public async Task A_token_does_nothing_for_a_runner_that_another_one_registered()
    {
        await using var server = await GuardedServer.StartAsync();
        var (own, other) = (await server.TokenOfAsync(Role.Runner), await server.TokenOfAsync(Role.Runner));
        var registered = await GuardedServer.ReadJsonAsync(await server.SendAsync(HttpMethod.Post, "/runner/register", own, Registration));
        var id = registered.GetProperty("runner_id").GetString();
        await server.JsonAsync("/runs", """{"type":"start_session","session_name":"one","prompt":"hello"}""");

        (HttpMethod Method, string Path, string? Json)[] foreign =
        [
            (HttpMethod.Get, $"/runner/runs?runner_id={id}", null),
            (HttpMethod.Get, $"/launcher/jobs?launcher_id={id}", null),
            (HttpMethod.Post, "/runner/heartbeat", $$"""{"runner_id":"{{id}}"}"""),
            (HttpMethod.Post, "/runner/runs/run_x/started", $$"""{"runner_id":"{{id}}"}"""),
            (HttpMethod.Post, "/runner/runs/run_x/events", $$"""{"runner_id":"{{id}}","fence":1,"first_ordinal":1,"events":[]}"""),
            (HttpMethod.Post, "/runner/runs/run_x/deltas", $$"""{"runner_id":"{{id}}","fence":1,"deltas":[]}"""),
            (HttpMethod.Delete, $"/runners/{id}?self=true", null),
            (HttpMethod.Delete, $"/runners/{id}", null),
        ];
        foreach (var (method, path, json) in foreign)
        {
            var detail = await (await server.SendAsync(method, path, other, json)).AssertProblemAsync(403, "forbidden");
            Assert.Contains("register it with this one", detail, StringComparison.Ordinal);
        }

        var again = await server.SendAsync(HttpMethod.Post, "/runner/register", other, Registration);
        await again.AssertProblemAsync(409, "duplicate_runner");
        Assert.Equal(200, (int)(await server.SendAsync(HttpMethod.Get, $"/runner/runs?runner_id={id}", own)).StatusCode);
        var beat = await server.SendAsync(HttpMethod.Post, "/runner/heartbeat", server.Host.Token, $$"""{"runner_id":"{{id}}"}""");
        Assert.Equal(200, (int)beat.StatusCode);
    }
}
