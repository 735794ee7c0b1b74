using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Runner;
using AgentOrchestrator.Runner.Executors.Process;
using AgentOrchestrator.ServerTests.Runner;
using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.ServerTests.Programs;

/// <summary>A program that goes on speaking while the server is away.</summary>
public sealed class OutageTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_it_posts_during_an_outage_arrives_afterwards_once_and_in_order()
    {
        await using var server = await TestServer.StartAsync(options => options with { AllowedHosts = ["127.0.0.1"] });
        using var cable = new Cable(server.Url);
        using var shutdown = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        using var logs = LoggerFactory.Create(log => log.AddProvider(new TestLog()));
        var runner = new RunnerHost(
            new RunnerOptions { Server = cable.Url, StateDirectory = Path.Combine(server.Folder, "runner"), ProjectDirectory = server.Folder, Name = "test" },
            [new ProcessExecutor()],
            logs,
            environment: new Dictionary<string, string> { ["PATH"] = "/usr/local/bin:/usr/bin:/bin" }).RunAsync(shutdown.Token);
        var (began, cut, posted, mended) = (In(server, "began"), In(server, "cut"), In(server, "posted"), In(server, "mended"));
        var script = $$"""
            say() { curl -sf "$AGENT_ORCHESTRATOR_API_URL/sessions/$AGENT_SESSION_ID/events" -H 'Content-Type: application/json' -o /dev/null -d "{\"event_type\":\"notice\",\"reason\":\"$1\"}" || exit 9; }
            wait_for() { while [ ! -e "$1" ]; do sleep 0.05; done; }
            say before; touch {{began}}; wait_for {{cut}}
            for i in 1 2 3 4 5; do say away$i; done
            curl -s -o /dev/null -w '%{http_code}' "$AGENT_ORCHESTRATOR_API_URL/sessions/$AGENT_SESSION_ID" > {{posted}}.new; mv {{posted}}.new {{posted}}
            wait_for {{mended}}; say after; echo done
            """;
        await server.Client.CallAsync(
            HttpMethod.Post, "/agents", new { name = "speaker", description = "Speaks", executor = "process", command = (string[])["sh", "-c", script] }, expected: 201);
        var runs = new RunClient(server.Client);

        var started = await runs.StartAsync("hello", agent: "speaker");
        await RunClient.WaitAsync(() => File.Exists(began), "the program speaks");
        cable.Cut();
        await File.WriteAllTextAsync(cut, "", Cancel);
        await RunClient.WaitAsync(() => File.Exists(posted), "it has posted while the server is away");
        cable.Mend();
        await File.WriteAllTextAsync(mended, "", Cancel);
        var run = await runs.WaitForEndAsync(started.RunId);

        Assert.True(run.Status is RunStatus.Completed, run.Error);
        Assert.Equal("503", await File.ReadAllTextAsync(posted, Cancel));
        Assert.Equal(
            ["before", "away1", "away2", "away3", "away4", "away5", "after"],
            (await runs.ReadLogAsync(run.SessionId)).Where(e => e.EventType is EventTypes.Notice).Select(e => e.Reason!));
        await shutdown.CancelAsync();
        await runner.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
    }

    static string In(TestServer server, string file) => Path.Combine(server.Folder, file);
}
