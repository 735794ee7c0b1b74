using System.Net.Http.Json;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.ServerTests.Cli;
using AgentOrchestrator.ServerTests.Faults;
using AgentOrchestrator.ServerTests.Runner;

namespace AgentOrchestrator.ServerTests.Keeper;

/// <summary>What the keeper does with programs while their runner hears nothing of the server.</summary>
public sealed class OutageTests
{
    static readonly TimeSpan s_lease = TimeSpan.FromSeconds(6);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_is_away_for_more_than_three_leases_loses_no_run_and_no_output()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the keeper is for Linux");
        await using var server = new ServerProcess("--no-runner");
        server.Environment["RUN_LEASE"] = $"{s_lease.TotalSeconds}";
        await server.StartAsync(Cancel);
        var ao = new AoProgram(server.Client.BaseAddress!, server.Folder) { Environment = { ["RUNNER_STATE_DIR"] = Path.Combine(server.Folder, "runner") } };
        await using var runner = ao.Start(["ao", "runner"]);
        var gate = Path.Combine(server.Folder, "gate");
        using var created = await server.Client.PostAsJsonAsync("/agents", new
        {
            name = "patient",
            description = "Prints before, while and after the server is away",
            executor = "command",
            command = (string[])["sh", "-c", $"echo before; touch {gate}.ready; sleep {3.5 * s_lease.TotalSeconds}; echo while; touch {gate}.waited; while [ ! -e {gate} ]; do sleep 0.1; done; echo after"],
        }, Cancel);
        Assert.True(created.IsSuccessStatusCode, await created.Content.ReadAsStringAsync(Cancel));
        var runs = new RunClient(server.Client);

        var started = await runs.StartAsync("hello", agent: "patient");
        await RunClient.WaitAsync(() => File.Exists($"{gate}.ready"), "the program");
        await server.KillAsync();
        await RunClient.WaitAsync(() => File.Exists($"{gate}.waited"), "more than three leases");
        await server.StartAsync(Cancel);
        File.WriteAllText(gate, "");

        var run = await runs.WaitForEndAsync(started.RunId);
        Assert.True(run.Status is RunStatus.Completed, run.Error);
        Assert.Equal((1, "before\nwhile\nafter"), (run.Attempt, run.ResultText));
        Assert.Single(await runs.ReadLogAsync(run.SessionId), e => e.EventType == "session_stop");
        await runner.SignalAsync("TERM");
        Assert.Equal(0, (await runner.EndAsync()).ExitCode);
    }
}
