using System.Text.Json;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.ServerTests.Access;
using AgentOrchestrator.ServerTests.Cli;
using AgentOrchestrator.ServerTests.Runs;

namespace AgentOrchestrator.ServerTests.Audit;

public sealed class AuditTests
{
    static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task An_act_is_noted_with_who_did_what_to_what()
    {
        await using var server = await StartAsync();
        var run = await server.JsonAsync("/runs", """{"type":"start_session","session_name":"one","prompt":"hello"}""");
        var operatorToken = await server.TokenOfAsync(Role.Operator);
        await server.SendAsync(HttpMethod.Post, "/sessions/one/stop", operatorToken);

        var start = await FindAsync(server, entry => entry.Text("route") == "/runs");
        var stop = await FindAsync(server, entry => entry.Text("route") == "/sessions/{id}/stop");

        Assert.Equal($"{run.Text("run_id")} {run.Text("session_id")}", start.Text("subject"));
        Assert.Equal(("POST", "200", "127.0.0.1"), (start.Text("method"), start.Text("status"), start.Text("source")));
        Assert.StartsWith("owner:tok_", start.Text("actor"), StringComparison.Ordinal);
        Assert.Equal(64, start.Text("digest").Length);
        Assert.StartsWith("operator:tok_", stop.Text("actor"), StringComparison.Ordinal);
        Assert.Equal("one", stop.Text("subject"));
        Assert.True((await GuardedServer.ReadJsonAsync(await server.SendAsync(HttpMethod.Get, "/audit/verify", server.Host.Token))).GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task Refusals_that_are_alike_are_one_entry()
    {
        await using var server = await StartAsync();
        var viewer = await server.TokenOfAsync(Role.Viewer);
        for (var i = 0; i < 20; i++)
        {
            await server.SendAsync(HttpMethod.Delete, "/sessions/one", viewer);
        }

        var times = 0L;
        await Eventually.TrueAsync(
            async () => (times = (await ReadAsync(server)).Where(entry => entry.Text("status") == "403").Sum(entry => entry.GetProperty("times").GetInt64())) == 20,
            "twenty refusals are counted", s_limit, TestContext.Current.CancellationToken);
        var refusal = (await ReadAsync(server)).First(entry => entry.Text("status") == "403");
        Assert.StartsWith("viewer:tok_", refusal.Text("actor"), StringComparison.Ordinal);
        Assert.Equal("/sessions/{id}", refusal.Text("route"));
    }

    [Fact]
    public async Task What_agents_and_runners_say_is_no_act()
    {
        await using var server = await TestServer.StartAsync(Quick);
        var runner = await FakeRunner.RegisterAsync(server.Client, "one");
        await server.Client.PostJsonAsync("/runs", new { type = "start_session", session_name = "one", prompt = "hello" });
        var runId = await runner.ClaimAsync();
        await runner.StartAsync(runId);
        await server.Client.PostJsonAsync("/sessions/one/events", new { event_type = "notice", reason = "hm" });
        await runner.BeatAsync();
        await runner.CompleteAsync(runId);
        await server.Client.CallAsync(HttpMethod.Delete, "/sessions/one");

        await Eventually.TrueAsync(
            async () => (await ReadAsync(server)).Any(entry => entry.Text("method") == "DELETE"), "the deletion is noted", s_limit, TestContext.Current.CancellationToken);
        var acts = (await ReadAsync(server)).Select(entry => $"{entry.Text("method")} {entry.Text("route")} {entry.Text("actor")}").Reverse();
        Assert.Equal(["POST /runner/register owner:local", "POST /runs owner:local", "DELETE /sessions/{id} owner:local"], acts);
    }

    [Fact]
    public async Task What_is_noted_before_the_end_of_the_server_is_there_after_it()
    {
        await using var server = await TestServer.StartAsync();
        await server.Client.PostJsonAsync("/runs", new { type = "start_session", session_name = "one", prompt = "hello" });
        await server.Client.GetJsonAsync("/sessions/nobody", 404);
        await server.Client.CallAsync(HttpMethod.Delete, "/sessions/nobody", expected: 404);
        await server.StopAsync();
        await server.StartAgainAsync();

        Assert.Equal(["404", "200"], (await ReadAsync(server)).Select(entry => entry.Text("status")));
        var ao = new AoProgram(server.Url, server.Folder);
        Assert.Contains("POST /runs", await ao.OutputAsync("ao audit"), StringComparison.Ordinal);
        Assert.Contains("Entries 1 to 2 are as they were written", await ao.OutputAsync("ao audit --verify"), StringComparison.Ordinal);
    }

    static Task<TestServer> StartAsync() => GuardedServer.StartAsync(Quick);

    static AgentOrchestrator.Server.ServerOptions Quick(AgentOrchestrator.Server.ServerOptions options) =>
        options with { Coordinator = options.Coordinator with { AuditInterval = TimeSpan.FromMilliseconds(100) } };

    static async Task<JsonElement> FindAsync(TestServer server, Func<JsonElement, bool> condition)
    {
        JsonElement? found = null;
        await Eventually.TrueAsync(
            async () => (found = (await ReadAsync(server)).Cast<JsonElement?>().FirstOrDefault(entry => condition(entry!.Value))) is not null,
            "the act is noted", s_limit, TestContext.Current.CancellationToken);
        return found!.Value;
    }

    static async Task<JsonElement[]> ReadAsync(TestServer server)
    {
        var page = await GuardedServer.ReadJsonAsync(await server.SendAsync(HttpMethod.Get, "/audit", server.Host.Token));
        return [.. page.GetProperty("entries").EnumerateArray()];
    }
}
