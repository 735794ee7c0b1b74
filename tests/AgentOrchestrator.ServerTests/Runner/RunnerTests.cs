using System.Globalization;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Runner;

namespace AgentOrchestrator.ServerTests.Runner;

/// <summary>A real runner against the real server.</summary>
public sealed class RunnerTests
{
    [Fact]
    public async Task A_run_is_claimed_executed_and_told_in_the_log()
    {
        await using var server = await TestServer.StartAsync();
        await using var runner = TestRunner.Start(server);
        var runs = new RunClient(server.Client);

        var started = await runs.StartAsync("echo one; echo $AGENT_SESSION_ID; echo ${SECRET:-none}; pwd; echo two");
        var run = await runs.WaitForEndAsync(started.RunId);

        Assert.Equal((RunStatus.Completed, "two", 0), (run.Status, run.ResultText, run.ExitCode));
        Assert.Equal(["one", started.SessionId, "none", server.Folder, "two"], await runs.ReadOutputAsync(started.SessionId));
        var log = await runs.ReadLogAsync(started.SessionId);
        Assert.Equal(
            [EventTypes.RunQueued, EventTypes.RunStart, EventTypes.Message, EventTypes.SessionStop, EventTypes.RunCompleted],
            log.Where(e => e is not { Role: "assistant" } and not { EventType: EventTypes.Result }).Select(e => e.EventType));
        var stop = log.Single(e => e.EventType == EventTypes.SessionStop);
        Assert.Equal((0, "completed"), (stop.ExitCode, stop.Reason));
        await RunClient.WaitAsync(() => Directory.GetDirectories(runner.AttemptsFolder).Length == 0, "an empty journal");
    }

    [Theory]
    [InlineData("printf 'a\\000b\\n'", "a\uFFFDb", "a\uFFFDb")]
    [InlineData("echo ' '", " ", null)]
    public async Task What_no_log_can_hold_costs_a_run_neither_its_output_nor_its_end(string script, string output, string? result)
    {
        await using var server = await TestServer.StartAsync();
        await using var runner = TestRunner.Start(server);
        var runs = new RunClient(server.Client);

        var run = await runs.WaitForEndAsync((await runs.StartAsync(script)).RunId);

        Assert.Equal((RunStatus.Completed, result), (run.Status, run.ResultText));
        Assert.Equal([output], await runs.ReadOutputAsync(run.SessionId));
    }

    [Fact]
    public async Task A_resumed_session_says_so_and_knows_its_conversation()
    {
        await using var server = await TestServer.StartAsync();
        await using var runner = TestRunner.Start(server);
        var runs = new RunClient(server.Client);
        var first = await runs.StartAsync("echo first");
        await runs.WaitForEndAsync(first.RunId);

        var second = await runs.StartAsync("echo second", session: first.SessionId);
        await runs.WaitForEndAsync(second.RunId);

        var log = await runs.ReadLogAsync(first.SessionId);
        Assert.Equal(
            [EventTypes.SessionStart, EventTypes.Message],
            log.SkipWhile(e => e.RunId != second.RunId || e.EventType != EventTypes.RunStart).Skip(1).Take(2).Select(e => e.EventType));
        Assert.Equal(["first", "second"], await runs.ReadOutputAsync(first.SessionId));
    }

    [Fact]
    public async Task A_program_that_fails_is_quoted()
    {
        await using var server = await TestServer.StartAsync();
        await using var runner = TestRunner.Start(server);
        var runs = new RunClient(server.Client);

        var run = await runs.WaitForEndAsync((await runs.StartAsync("echo partly; echo the reason >&2; exit 9")).RunId);

        Assert.Equal((RunStatus.Failed, "the reason\n", 9, "error"), (run.Status, run.Error, run.ExitCode, run.Reason));
        Assert.Equal(["partly"], await runs.ReadOutputAsync(run.SessionId));
    }

    [Fact]
    public async Task A_missing_project_folder_fails_the_run_with_a_sentence()
    {
        await using var server = await TestServer.StartAsync();
        await using var runner = TestRunner.Start(server);
        var runs = new RunClient(server.Client);

        var run = await runs.WaitForEndAsync((await runs.StartAsync("echo never", projectDir: "/no/such/folder")).RunId);

        Assert.Equal((RunStatus.Failed, "missing"), (run.Status, run.Reason));
        Assert.Contains("/no/such/folder does not exist on", run.Error!, StringComparison.Ordinal);
        Assert.Equal(0, runner.Executor.Executions);
    }

    [Fact]
    public async Task A_stop_in_the_middle_leaves_no_process()
    {
        await using var server = await TestServer.StartAsync();
        await using var runner = TestRunner.Start(server);
        var runs = new RunClient(server.Client);
        var started = await runs.StartAsync("trap '' TERM; setsid sleep 300 & echo $!; echo $$; echo ready; while :; do sleep 0.1; done");
        await runs.WaitForOutputAsync(started.SessionId, "ready");
        var ids = (await runs.ReadOutputAsync(started.SessionId)).Take(2).Select(id => int.Parse(id, CultureInfo.InvariantCulture)).ToList();
        Assert.All(ids, id => Assert.True(IsAlive(id)));

        await runs.StopAsync(started.RunId);
        var run = await runs.WaitForEndAsync(started.RunId);

        Assert.Equal(RunStatus.Stopped, run.Status);
        Assert.All(ids, id => Assert.False(IsAlive(id)));
        var stop = (await runs.ReadLogAsync(started.SessionId)).Single(e => e.EventType == EventTypes.SessionStop);
        Assert.Equal((137, "stopped"), (stop.ExitCode, stop.Reason));
    }

    [Fact]
    public async Task A_shutdown_reports_what_it_ended_and_says_goodbye()
    {
        await using var server = await TestServer.StartAsync();
        await using var runner = TestRunner.Start(server);
        var runs = new RunClient(server.Client);
        var started = await runs.StartAsync("echo $$; echo ready; exec sleep 300");
        await runs.WaitForOutputAsync(started.SessionId, "ready");
        var id = int.Parse((await runs.ReadOutputAsync(started.SessionId))[0], CultureInfo.InvariantCulture);

        Assert.Equal(RunnerExit.Shutdown, await runner.ShutDownAsync());

        var run = await runs.FindAsync(started.RunId);
        Assert.Equal((RunStatus.Failed, "shutdown"), (run.Status, run.Reason));
        Assert.False(IsAlive(id));
        Assert.Equal(0, (await runs.RunnersAsync()).GetProperty("runners").GetArrayLength());
    }

    [Fact]
    public async Task Forty_runs_at_once_are_each_executed_once()
    {
        await using var server = await TestServer.StartAsync();
        await using var runner = TestRunner.Start(server);
        var runs = new RunClient(server.Client);
        var witness = Path.Combine(server.Folder, "witness");

        var script = $"echo $AGENT_ORCHESTRATOR_RUN_ID >> {witness}; for i in 1 2 3 4 5 6 7 8 9 10; do echo $i; done; sleep 1";
        var started = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => runs.StartAsync(script)));
        var ended = await Task.WhenAll(started.Select(s => runs.WaitForEndAsync(s.RunId)));

        Assert.All(ended, run => Assert.Equal((RunStatus.Completed, "10"), (run.Status, run.ResultText)));
        Assert.Equal(started.Select(s => s.RunId).Order(), File.ReadAllLines(witness).Order());
        foreach (var one in started)
        {
            Assert.Equal(Enumerable.Range(1, 10).Select(i => $"{i}"), await runs.ReadOutputAsync(one.SessionId));
        }
    }

    [Fact]
    public async Task No_more_runs_execute_at_a_time_than_the_runner_takes()
    {
        await using var server = await TestServer.StartAsync();
        await using var runner = TestRunner.Start(server, adjust: options => options with { MaxConcurrent = 2 });
        var runs = new RunClient(server.Client);

        var script = "mkdir slot.$$; ls -d slot.* | wc -l; sleep 0.3; rmdir slot.$$";
        var started = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => runs.StartAsync(script)));
        var ended = await Task.WhenAll(started.Select(s => runs.WaitForEndAsync(s.RunId)));

        Assert.All(ended, run => Assert.InRange(int.Parse(run.ResultText!, CultureInfo.InvariantCulture), 1, 2));
        Assert.Contains(ended, run => run.ResultText == "2");
    }

    [Fact]
    public async Task A_result_that_is_too_large_for_a_report_is_cut()
    {
        await using var server = await TestServer.StartAsync();
        await using var runner = TestRunner.Start(server);
        var runs = new RunClient(server.Client);

        var run = await runs.WaitForEndAsync((await runs.StartAsync("head -c 900000 /dev/zero | tr '\\0' x")).RunId);

        Assert.Equal(RunStatus.Completed, run.Status);
        Assert.EndsWith("(cut, 900000 characters in all)", run.ResultText!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_token_is_the_end_of_an_idle_runner()
    {
        var token = Directory.CreateTempSubdirectory("ao-token-");
        await using var server = await TestServer.StartAsync(options =>
            options with { NoAuth = false, TokenFile = Path.Combine(token.FullName, "servers.json") });
        await using var runner = TestRunner.Start(server, adjust: options => options with { Token = "wrong" });

        Assert.Equal(RunnerExit.Rejected, await runner.Exit.WaitAsync(TimeSpan.FromSeconds(30)));
        token.Delete(recursive: true);
    }

    static bool IsAlive(int id) => AgentOrchestrator.Runner.Processes.ProcFs.Find(id) is not null;
}
