using System.Globalization;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Runner;
using AgentOrchestrator.Server;

namespace AgentOrchestrator.ServerTests.Runner;

/// <summary>What becomes of runs when the server, the line or the runner goes away.</summary>
public sealed class RunnerOutageTests
{
    static readonly Func<ServerOptions, ServerOptions> s_anyPort = options => options with { AllowedHosts = ["127.0.0.1"] };
    static readonly TimeSpan s_outage = TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("TEST_LEVEL") == "full" ? 22 : 4);

    [Fact]
    public async Task Output_during_an_outage_of_the_server_arrives_whole_and_once()
    {
        await using var server = await TestServer.StartAsync();
        await using var runner = TestRunner.Start(server);
        var runs = new RunClient(server.Client);
        var seconds = (int)s_outage.TotalSeconds;
        var started = await runs.StartAsync(
            $"echo begin; i=0; while [ $i -lt {seconds * 10} ]; do i=$((i+1)); echo line $i; sleep 0.1; done; touch {server.Folder}/written");
        await runs.WaitForOutputAsync(started.SessionId, "line 5");

        await server.StopAsync();
        await RunClient.WaitAsync(() => File.Exists(Path.Combine(server.Folder, "written")), "the end of the script");
        await server.StartAgainAsync();

        var run = await runs.WaitForEndAsync(started.RunId);
        Assert.Equal((RunStatus.Completed, 1), (run.Status, run.Attempt));
        Assert.Equal(
            Enumerable.Range(1, seconds * 10).Select(i => $"line {i}").Prepend("begin"), await runs.ReadOutputAsync(started.SessionId));
    }

    [Fact]
    public async Task An_outage_longer_than_the_lease_loses_no_run()
    {
        await using var server = await TestServer.StartAsync(options => options with
        {
            Coordinator = options.Coordinator with { Lease = TimeSpan.FromSeconds(6), ReapInterval = TimeSpan.FromMilliseconds(200) },
        });
        await using var runner = TestRunner.Start(server);
        var runs = new RunClient(server.Client);
        var gate = Path.Combine(server.Folder, "gate");
        var started = await runs.StartAsync($"echo ready; sleep 7; touch {server.Folder}/waited; while [ ! -e {gate} ]; do sleep 0.1; done; echo end");
        await runs.WaitForOutputAsync(started.SessionId, "ready");

        await server.StopAsync();
        await RunClient.WaitAsync(() => File.Exists(Path.Combine(server.Folder, "waited")), "more than a lease");
        await server.StartAgainAsync();
        await RunClient.WaitAsync(
            async () => (await runs.RunnersAsync()).GetProperty("runners")[0].GetProperty("seconds_since_heartbeat").GetDouble() < 2, "the runner");
        File.WriteAllText(gate, "");

        var run = await runs.WaitForEndAsync(started.RunId);
        Assert.Equal((RunStatus.Completed, 1), (run.Status, run.Attempt));
    }

    [Fact]
    public async Task An_executor_waits_while_its_spool_is_full()
    {
        await using var server = await TestServer.StartAsync();
        await using var runner = TestRunner.Start(server, adjust: options => options with { MaxSpoolBytes = 20_000 });
        var runs = new RunClient(server.Client);
        var gate = Path.Combine(server.Folder, "gate");
        var started = await runs.StartAsync($"echo ready; while [ ! -e {gate} ]; do sleep 0.05; done; seq 1 20000; echo end");
        await runs.WaitForOutputAsync(started.SessionId, "ready");

        await server.StopAsync();
        File.WriteAllText(gate, "");
        var spool = new FileInfo(Path.Combine(Directory.GetDirectories(runner.AttemptsFolder).Single(), "output"));
        await RunClient.WaitAsync(() => { spool.Refresh(); return spool.Length >= 20_000; }, "a full spool");
        Assert.InRange(spool.Length, 20_000, 50_000);
        await server.StartAgainAsync();

        Assert.Equal("end", (await runs.WaitForEndAsync(started.RunId)).ResultText);
        Assert.Equal(20_002, (await runs.ReadOutputAsync(started.SessionId)).Count);
    }

    [Fact]
    public async Task A_lost_lease_ends_the_processes_and_nothing_more_is_said()
    {
        await using var server = await TestServer.StartAsync(options => s_anyPort(options) with
        {
            Coordinator = options.Coordinator with { Lease = TimeSpan.FromSeconds(2), ReapInterval = TimeSpan.FromMilliseconds(200) },
        });
        using var cable = new Cable(server.Url);
        await using var runner = TestRunner.Start(server, url: cable.Url);
        var runs = new RunClient(server.Client);
        var started = await runs.StartAsync("echo $$; echo ready; while :; do sleep 0.1; done");
        await runs.WaitForOutputAsync(started.SessionId, "ready");
        var id = int.Parse((await runs.ReadOutputAsync(started.SessionId))[0], CultureInfo.InvariantCulture);

        cable.Cut();
        var lost = await runs.WaitForEndAsync(started.RunId);
        Assert.Equal((RunStatus.Failed, "lost"), (lost.Status, lost.Reason));
        var log = await runs.ReadLogAsync(started.SessionId);
        Assert.True(IsAlive(id));

        cable.Mend();
        await RunClient.WaitAsync(() => !IsAlive(id), "the end of the process");
        await RunClient.WaitAsync(() => Directory.GetDirectories(runner.AttemptsFolder).Length == 0, "an empty journal");
        Assert.Equal(log.Count, (await runs.ReadLogAsync(started.SessionId)).Count);
        Assert.Equal("lost", (await runs.FindAsync(started.RunId)).Reason);
    }

    [Fact]
    public async Task What_a_dead_runner_left_is_ended_delivered_and_reported_as_lost_by_the_next()
    {
        await using var server = await TestServer.StartAsync(s_anyPort);
        using var cable = new Cable(server.Url);
        await using var dead = TestRunner.Start(server, "dead", cable.Url);
        var runs = new RunClient(server.Client);
        var gate = Path.Combine(server.Folder, "gate");
        var started = await runs.StartAsync($"echo $$; echo ready; while [ ! -e {gate} ]; do sleep 0.05; done; echo kept; exec sleep 300");
        await runs.WaitForOutputAsync(started.SessionId, "ready");
        var id = int.Parse((await runs.ReadOutputAsync(started.SessionId))[0], CultureInfo.InvariantCulture);

        // As good as killed: nothing reaches the server any more, and its folder goes on without it.
        cable.Cut();
        File.WriteAllText(gate, "");
        var spool = Path.Combine(Directory.GetDirectories(dead.AttemptsFolder).Single(), "output");
        await RunClient.WaitAsync(() => File.ReadAllText(spool).Contains("\"text\":\"kept\"", StringComparison.Ordinal), "the spooled line");
        Copy(dead.Options.StateDirectory, Path.Combine(server.Folder, "next"));
        await using var next = TestRunner.Start(server, "next");

        var run = await runs.WaitForEndAsync(started.RunId);
        Assert.Equal((RunStatus.Failed, "lost"), (run.Status, run.Reason));
        Assert.Contains("runner was restarted", run.Error!, StringComparison.Ordinal);
        Assert.False(IsAlive(id));
        Assert.Equal([$"{id}", "ready", "kept"], await runs.ReadOutputAsync(started.SessionId));
        Assert.Equal(0, next.Executor.Executions);
        await RunClient.WaitAsync(() => Directory.GetDirectories(next.AttemptsFolder).Length == 0, "an empty journal");
    }

    [Fact]
    public async Task A_run_that_had_ended_before_its_runner_died_keeps_its_real_end()
    {
        await using var server = await TestServer.StartAsync(s_anyPort);
        using var cable = new Cable(server.Url);
        await using var dead = TestRunner.Start(server, "dead", cable.Url);
        var runs = new RunClient(server.Client);
        var gate = Path.Combine(server.Folder, "gate");
        var started = await runs.StartAsync($"echo ready; while [ ! -e {gate} ]; do sleep 0.05; done; echo done");
        await runs.WaitForOutputAsync(started.SessionId, "ready");

        cable.Cut();
        File.WriteAllText(gate, "");
        var end = Path.Combine(Directory.GetDirectories(dead.AttemptsFolder).Single(), "end.json");
        await RunClient.WaitAsync(() => File.Exists(end), "the journaled end");
        Copy(dead.Options.StateDirectory, Path.Combine(server.Folder, "next"));
        await using var next = TestRunner.Start(server, "next");

        var run = await runs.WaitForEndAsync(started.RunId);
        Assert.Equal((RunStatus.Completed, "done"), (run.Status, run.ResultText));
        Assert.Equal(["ready", "done"], await runs.ReadOutputAsync(started.SessionId));
    }

    [Fact]
    public async Task An_idle_runner_gives_up_on_a_server_that_stays_away()
    {
        await using var server = await TestServer.StartAsync();
        await using var runner = TestRunner.Start(server, adjust: options => options with { GiveUpAfter = TimeSpan.FromSeconds(1) });
        var runs = new RunClient(server.Client);
        await RunClient.WaitAsync(async () => (await runs.RunnersAsync()).GetProperty("runners").GetArrayLength() == 1, "the registration");

        await server.StopAsync();

        Assert.Equal(RunnerExit.Unreachable, await runner.Exit.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_runner_that_the_server_has_forgotten_registers_again()
    {
        await using var server = await TestServer.StartAsync();
        await using var runner = TestRunner.Start(server);
        var runs = new RunClient(server.Client);
        var started = await runs.StartAsync("echo ready; exec sleep 3");
        await runs.WaitForOutputAsync(started.SessionId, "ready");
        var id = (await runs.RunnersAsync()).GetProperty("runners")[0].GetProperty("runner_id").GetString();

        using var gone = await server.Client.DeleteAsync($"/runners/{id}?self=true");
        gone.EnsureSuccessStatusCode();

        Assert.Equal(RunStatus.Completed, (await runs.WaitForEndAsync(started.RunId)).Status);
        Assert.Equal(RunStatus.Completed, (await runs.WaitForEndAsync((await runs.StartAsync("echo again")).RunId)).Status);
    }

    static bool IsAlive(int id) => AgentOrchestrator.Runner.Processes.ProcFs.Find(id) is not null;

    static void Copy(string from, string to)
    {
        // The lock is held by the one that plays dead.
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != "lock"))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
