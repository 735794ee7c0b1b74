using System.Text.Json.Nodes;
using AgentOrchestrator.Hostile;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Runner.Processes.Containers;
using AgentOrchestrator.ServerTests.Runner;

namespace AgentOrchestrator.ServerTests.Keeper;

/// <summary>What becomes of a run when its runner, its keeper or both are killed or stand still.</summary>
public sealed class TakeOverTests
{
    [Fact]
    public async Task A_restarted_runner_goes_on_with_what_runs_and_delivers_its_output_once()
    {
        await using var bench = await KeeperBench.StartAsync();
        var run = await bench.StartAsync("count 500");

        await bench.KillRunnerAsync();
        bench.StartRunner();
        await bench.Runs.WaitForOutputAsync(run.SessionId, "line 500");
        await bench.KillRunnerAsync();
        bench.Program.OpenGate();
        await bench.WaitForAsync(run, "end");
        bench.StartRunner();

        var end = await bench.Runs.WaitForEndAsync(run.RunId);
        Assert.Equal((RunStatus.Completed, 1, "done"), (end.Status, end.Attempt, end.ResultText));
        Assert.Equal(Enumerable.Range(1, 1000).Select(i => $"line {i}"), await bench.Runs.ReadOutputAsync(run.SessionId));
        Assert.Equal(["start", "ready", "end"], bench.Words(run));
        var log = await bench.Runs.ReadLogAsync(run.SessionId);
        Assert.Single(log, e => e is { EventType: "message", Role: "user" });
        Assert.Single(log, e => e.EventType == "session_stop");
    }

    [Fact]
    public async Task A_program_that_posts_its_own_events_finds_the_restarted_runner_where_it_was()
    {
        await using var bench = await KeeperBench.StartAsync();
        var script = $$"""
            say() { curl -sf --retry 600 --retry-connrefused --retry-delay 1 "$AGENT_ORCHESTRATOR_API_URL/sessions/$AGENT_SESSION_ID/events" -o /dev/null \
                -H 'Content-Type: application/json' -d "{\"event_type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"$1\"}]}" || exit 9; }
            reach() { echo "$AGENT_ORCHESTRATOR_RUN_ID $1 $$ 0" >> {{bench.Program.WitnessFile}}; while [ ! -e {{bench.Program.GateFile}}$1 ]; do sleep 0.05; done; }
            say first; reach one; say second; reach two; echo "$AGENT_ORCHESTRATOR_RUN_ID end $$ 0" >> {{bench.Program.WitnessFile}}
            """;
        await bench.CreateAgentAsync("speaker", new() { ["executor"] = "process", ["command"] = new JsonArray("sh", "-c", script) });
        var run = await bench.StartAsync("hello", until: "one", agent: "speaker");

        await bench.KillRunnerAsync();
        bench.Program.OpenGate("one");
        bench.StartRunner();
        await bench.WaitForAsync(run, "two");
        await bench.KillRunnerAsync();
        bench.Program.OpenGate("two");
        await bench.WaitForAsync(run, "end");
        bench.StartRunner();

        var end = await bench.Runs.WaitForEndAsync(run.RunId);
        Assert.True(end.Status is RunStatus.Completed, end.Error);
        Assert.Equal((1, "second"), (end.Attempt, end.ResultText));
        Assert.Equal(["first", "second"], await bench.Runs.ReadOutputAsync(run.SessionId));
        Assert.Equal(["one", "two", "end"], bench.Words(run));
    }

    [Fact]
    public async Task A_talk_with_a_model_goes_on_in_the_restarted_runner_and_no_tool_is_called_twice()
    {
        await using var bench = await KeeperBench.StartAsync();
        await bench.CreateAgentAsync("talker", new()
        {
            ["executor"] = "chat",
            ["provider"] = "scripted",
            ["script"] = new JsonObject
            {
                ["pace_ms"] = 100,
                ["steps"] = new JsonArray(
                    new JsonObject { ["match"] = "child", ["reply"] = "I am the child." },
                    new JsonObject
                    {
                        ["match"] = "begin",
                        ["reply"] = "First this.",
                        ["calls"] = new JsonArray(new JsonObject
                        {
                            ["name"] = "start_session",
                            ["input"] = new JsonObject { ["agent_name"] = "talker", ["prompt"] = "child", ["session_name"] = "the-child" },
                        }),
                        ["then"] = new JsonObject { ["reply"] = string.Join(' ', Enumerable.Range(1, 100)) },
                    },
                    new JsonObject { ["reply"] = "Heard." }),
            },
        });
        var run = await bench.Runs.StartAsync("begin", agent: "talker");
        await RunClient.WaitAsync(async () => (await bench.Runs.ReadLogAsync(run.SessionId)).Any(e => e.EventType is "post_tool"), "the call of the tool");

        await bench.KillRunnerAsync();
        bench.StartRunner();

        var end = await bench.Runs.WaitForEndAsync(run.RunId);
        Assert.True(end.Status is RunStatus.Completed, end.Error);
        Assert.Equal((1, string.Join(' ', Enumerable.Range(1, 100))), (end.Attempt, end.ResultText));
        var log = (await bench.Runs.ReadLogAsync(run.SessionId)).Where(e => e.RunId == run.RunId).ToList();
        Assert.Equal(["First this.", end.ResultText!], log.Where(e => e is { EventType: "message", Role: "assistant" }).Select(RunClient.TextOf));
        Assert.Single(log, e => e.EventType is "pre_tool");
        Assert.Single(log, e => e is { EventType: "message", Role: "user" });
        Assert.Single(log, e => e.EventType is "session_stop");
    }

    [Fact]
    public async Task A_program_without_a_runner_ends_after_the_grace_and_so_does_the_keeper()
    {
        await using var bench = await KeeperBench.StartAsync(null, ("RUNNER_ORPHAN_GRACE", "1"));
        var run = await bench.StartAsync("daemon");

        await bench.KillRunnerAsync();
        await RunClient.WaitAsync(() => bench.Keeper() is null, "the end of the keeper");

        Assert.Empty(bench.Program.Survivors());
        bench.StartRunner();
        var end = await bench.Runs.WaitForEndAsync(run.RunId);
        Assert.Equal((RunStatus.Failed, "lost"), (end.Status, end.Reason));
        Assert.Contains("none came back in time", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_program_of_a_runner_that_stands_still_is_dead_before_its_lease_ends()
    {
        await using var bench = await KeeperBench.StartAsync(TimeSpan.FromSeconds(8));
        var run = await bench.StartAsync("tick");

        HostProcesses.Signal(bench.RunnerId, HostProcesses.Stop);
        var end = await bench.Runs.WaitForEndAsync(run.RunId);

        Assert.Equal((RunStatus.Failed, "lost"), (end.Status, end.Reason));
        Assert.Empty(bench.Program.Survivors());
        var ticks = bench.Program.Witness().Count;
        HostProcesses.Signal(bench.RunnerId, HostProcesses.Continue);
        var next = await bench.Runs.StartAsync("done", run.SessionId);
        Assert.Equal(RunStatus.Completed, (await bench.Runs.WaitForEndAsync(next.RunId)).Status);
        Assert.Equal(ticks, bench.Program.Witness().Count(line => line.RunId == run.RunId));
        Assert.Equal("lost", (await bench.Runs.FindAsync(run.RunId)).Reason);
    }

    [Fact]
    public async Task The_program_of_a_runner_whose_token_is_revoked_is_dead_before_its_lease_ends_and_the_runner_says_what_to_do()
    {
        await using var bench = await KeeperBench.StartGuardedAsync(TimeSpan.FromSeconds(8));
        var run = await bench.StartAsync("tick");

        await bench.RevokeTokenAsync();
        var end = await bench.Runs.WaitForEndAsync(run.RunId);

        Assert.Empty(bench.Program.Survivors());
        Assert.Equal((RunStatus.Failed, "lost"), (end.Status, end.Reason));
        var runner = await bench.RunnerEndAsync();
        Assert.NotEqual(0, runner.ExitCode);
        Assert.Contains("start this runner again with AGENT_ORCHESTRATOR_TOKEN set to what 'ao token create NAME --role runner' prints", runner.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ContainerKind.Cgroup, "daemon")]
    [InlineData(ContainerKind.Namespace, "daemon")]
    [InlineData(ContainerKind.Marks, "storm")]
    public async Task A_killed_keeper_ends_its_runs_with_a_reason_and_the_next_run_gets_a_new_one(ContainerKind kind, string mode)
    {
        Assert.SkipUnless((await Containment.FindAsync(kind)).Kind == kind, $"this machine has no {kind}");
        await using var bench = await KeeperBench.StartAsync(null, ("RUNNER_CONTAINMENT", $"{kind}".ToLowerInvariant()));
        var run = await bench.StartAsync(mode);
        var keeper = bench.Keeper()!.Value;

        HostProcesses.Signal(keeper, HostProcesses.Kill);

        var end = await bench.Runs.WaitForEndAsync(run.RunId);
        Assert.Equal((RunStatus.Failed, "keeper_died"), (end.Status, end.Reason));
        Assert.Empty(bench.Program.Survivors());
        Assert.Equal(RunStatus.Completed, (await bench.Runs.WaitForEndAsync((await bench.Runs.StartAsync("done")).RunId)).Status);
        Assert.NotEqual(keeper, bench.Keeper());
    }

    [Fact]
    public async Task What_is_left_when_all_was_killed_is_ended_by_the_next_start()
    {
        await using var bench = await KeeperBench.StartAsync();
        var run = await bench.StartAsync("daemon");
        var keeper = bench.Keeper()!.Value;

        HostProcesses.Signal(bench.RunnerId, HostProcesses.Stop);
        HostProcesses.Signal(keeper, HostProcesses.Kill);
        await bench.KillRunnerAsync();
        Assert.NotEmpty(bench.Program.Survivors());
        bench.StartRunner();

        var end = await bench.Runs.WaitForEndAsync(run.RunId);
        Assert.Equal((RunStatus.Failed, "lost"), (end.Status, end.Reason));
        Assert.Equal(["start", "ready"], bench.Words(run));
        await bench.WaitForNoSurvivorAsync();
    }
}
