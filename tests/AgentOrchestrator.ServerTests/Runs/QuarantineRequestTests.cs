using System.Text.Json;
using AgentOrchestrator.ServerTests.Cli;

namespace AgentOrchestrator.ServerTests.Runs;

/// <summary>An agent that fails again and again, as a person on call meets it.</summary>
public sealed class QuarantineRequestTests
{
    [Fact]
    public async Task Its_runs_wait_and_say_why_and_a_person_lets_them_go()
    {
        await using var bench = await AoServer.StartAsync();
        await bench.Http.PostJsonAsync("/agents", new { name = "poison", description = "Breaks whatever runs it" }, 201);
        for (var i = 0; i < 5; i++)
        {
            await StartAsync(bench, $"broken-{i}", "poison");
            await bench.Runner.FailAsync((await bench.BeginRunAsync()).Text("run_id"), "it broke");
        }

        var waits = await StartAsync(bench, "waits", "poison");
        var other = await StartAsync(bench, "other", agent: null);
        Assert.Equal(other, (await bench.BeginRunAsync()).Text("run_id"));
        Assert.Equal("agent_quarantined", (await bench.Http.GetJsonAsync($"/runs/{waits}")).Text("waiting_reason"));
        Assert.Equal("agent_quarantined", (await bench.Http.GetJsonAsync("/sessions/waits/status")).Text("waiting_reason"));
        var quarantine = (await bench.Http.GetJsonAsync("/agents/poison")).GetProperty("quarantine");
        Assert.Equal(5, quarantine.GetProperty("failures").GetInt32());
        Assert.Equal("failed", (await bench.Http.GetJsonAsync($"/runs/{quarantine.Text("last_run_id")}")).Text("status"));
        Assert.Contains("quarantined", await bench.Ao.OutputAsync("ao agents"), StringComparison.Ordinal);
        Assert.Contains("agent_orchestrator_agents_quarantined 1", await bench.Http.GetStringAsync("/metrics"), StringComparison.Ordinal);

        Assert.Equal("Released 'poison'\n", await bench.Ao.OutputAsync("ao agents release poison"));

        Assert.Equal(waits, (await bench.BeginRunAsync()).Text("run_id"));
        Assert.False((await bench.Http.GetJsonAsync("/agents/poison")).TryGetProperty("quarantine", out _));
        await Eventually.TrueAsync(
            async () => Routes(await bench.Http.GetJsonAsync("/audit")) is var routes && routes.Contains("agent quarantined")
                && routes.Contains("/agents/{name}/release"),
            "both acts are in the audit", TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal(1, (await bench.Ao.RunAsync("ao agents release nobody")).ExitCode);
    }

    static string[] Routes(JsonElement audit) => [.. audit.GetProperty("entries").EnumerateArray().Select(entry => entry.Text("route"))];

    static async Task<string> StartAsync(AoServer bench, string session, string? agent) =>
        (await bench.Http.PostJsonAsync("/runs", new { type = "start_session", session_name = session, prompt = "p", agent_name = agent })).Text("run_id");
}
