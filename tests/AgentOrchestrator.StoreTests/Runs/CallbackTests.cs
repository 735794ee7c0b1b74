using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.StoreTests.Runs;

public abstract class CallbackTests(StoreFixture fixture) : RunTest(fixture)
{
    public static readonly CoordinatorOptions SmallPages = new() { MaxCallbacksPerRun = 3 };

    [Fact]
    public async Task A_child_that_ends_resumes_its_idle_parent_with_its_result()
    {
        await RegisterAsync();
        await IdleParentAsync();
        var child = await ChildAsync("child");

        await EndAsync(child, Completed with { ResultText = "ECHO three" });

        var resume = Assert.Single(await RunsOfAsync("parent"), run => run.Status == RunStatus.Pending);
        Assert.Equal((RunType.ResumeSession, RunEvents.Coordinator), (resume.Type, (await LogAsync("parent"))[^1].Actor));
        Assert.Equal(
            "The child agent session \"child\" has completed.\n\n## Child Result\n\nECHO three\n\n"
                + "Please continue with the orchestration based on this result.",
            resume.Prompt);
        Assert.Equal([EventTypes.Callback, EventTypes.RunQueued], (await LogTypesAsync("parent"))[^2..]);
        Assert.Equal(SessionStatus.Pending, await StatusAsync("parent"));
        var callback = (await LogAsync("parent"))[^2].ReadFields();
        Assert.Equal("child", callback.Data!.Value.GetProperty("child_session_name").GetString());
        Assert.Equal(child.RunId, callback.Data.Value.GetProperty("child_run_id").GetString());
    }

    [Fact]
    public async Task The_result_is_the_sessions_latest_when_the_run_reported_none()
    {
        await RegisterAsync();
        await IdleParentAsync();
        var child = await ChildAsync("child");
        await Runs.AppendOutputAsync(LeaseOf(child), 1, [Message("first"), Message("from the log")], Cancel);

        await EndAsync(child, new RunEnd(RunStatus.Completed));

        Assert.Contains("## Child Result\n\nfrom the log\n\n", await ResumedWithAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_child_without_any_result_says_so()
    {
        await RegisterAsync();
        await IdleParentAsync();

        await EndAsync(await ChildAsync("child"), new RunEnd(RunStatus.Completed));

        Assert.Contains("(No result available)", await ResumedWithAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_child_tells_its_error()
    {
        await RegisterAsync();
        await IdleParentAsync();

        await EndAsync(await ChildAsync("child"), Failed);

        Assert.Equal(
            "The child agent session \"child\" has failed.\n\n## Error\n\nit broke\n\n"
                + "Please handle this failure and continue with the orchestration.",
            await ResumedWithAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stopped_child_tells_that_it_was_stopped(bool isStarted)
    {
        await RegisterAsync();
        await IdleParentAsync();
        var child = await EnqueueAsync(StartChild("child", "parent"));
        if (isStarted)
        {
            var running = await TakeAsync();
            await Runs.StopAsync(Org, child.RunId, "person:owner", Cancel);
            await EndAsync(running, Stopped);
        }
        else
        {
            await Runs.StopSessionAsync(Org, "child", "person:owner", wholeTree: false, Cancel);
        }

        Assert.Contains("## Error\n\nSession was manually stopped\n\n", await ResumedWithAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_child_calls_back()
    {
        await RegisterAsync();
        await IdleParentAsync();
        await ChildAsync("child");
        Time.Advance(TimeSpan.FromSeconds(31));

        await Runs.ReapAsync(100, Cancel);

        Assert.Contains(RunErrors.LeaseEnded, await ResumedWithAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Children_that_end_while_the_parent_is_busy_are_delivered_together_when_it_ends()
    {
        await RegisterAsync();
        var parent = await RunningAsync("parent");
        var one = await ChildAsync("one");
        var two = await ChildAsync("two");
        await EndAsync(one, Completed with { ResultText = "1" });
        await EndAsync(two, Failed);
        Assert.Single(await RunsOfAsync("parent"));
        Assert.Equal(2, (await LogTypesAsync("parent")).Count(type => type == EventTypes.Callback));

        await EndAsync(parent, Completed);

        Assert.Equal(
            "Multiple child agent sessions have completed.\n\n### Child: one (completed)\n\n1\n\n---\n\n### Child: two (FAILED)\n\nit broke\n\n"
                + "Please continue with the orchestration based on these results.",
            await ResumedWithAsync());
        Assert.Equal(SessionStatus.Pending, await StatusAsync("parent"));
    }

    [Fact]
    public async Task More_children_than_fit_into_one_resume_follow_in_the_next()
    {
        await RegisterAsync();
        var parent = await RunningAsync("parent");
        for (var i = 0; i < 4; i++)
        {
            await EndAsync(await ChildAsync($"c{i}"), Completed);
        }

        await EndAsync(parent, Completed);
        var first = await TakeAsync();
        Assert.Equal(3, first.Prompt.Split("### Child: ").Length - 1);
        await EndAsync(first, Completed);

        Assert.Contains("\"c3\" has completed", await ResumedWithAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_parent_is_resumed()
    {
        await RegisterAsync();
        var parent = await RunningAsync("parent");
        var child = await ChildAsync("child");
        await EndAsync(parent, Failed);

        await EndAsync(child, Completed);

        Assert.Equal(SessionStatus.Pending, await StatusAsync("parent"));
    }

    [Fact]
    public async Task A_stopped_parent_waits_for_a_person_and_is_told_then()
    {
        await RegisterAsync();
        var parent = await RunningAsync("parent");
        var child = await ChildAsync("child");
        await Runs.StopSessionAsync(Org, "parent", "person:owner", wholeTree: false, Cancel);
        await EndAsync(parent, Stopped);

        await EndAsync(child, Completed);
        Assert.Single(await RunsOfAsync("parent"));
        Assert.Equal(SessionStatus.Stopped, await StatusAsync("parent"));
        Assert.Equal(EventTypes.Callback, (await LogTypesAsync("parent"))[^1]);

        await EnqueueAsync(Resume("parent"));
        await EndAsync(await TakeAsync(), Completed);
        Assert.Contains("\"child\" has completed", await ResumedWithAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_parent_is_noted_in_the_childs_log()
    {
        await RegisterAsync();
        await IdleParentAsync();
        var child = await ChildAsync("child");
        await Sessions.DeleteAsync(Org, "parent", Cancel);

        await EndAsync(child, Completed);

        Assert.Equal([EventTypes.RunCompleted, EventTypes.CallbackDropped], (await LogTypesAsync("child"))[^2..]);
        Assert.Null((await SessionAsync("child")).ParentSessionId);
    }

    [Fact]
    public async Task A_parent_that_is_deleted_with_callbacks_waiting_is_noted_in_the_childs_log()
    {
        await RegisterAsync();
        var parent = await RunningAsync("parent");
        await EndAsync(await ChildAsync("child"), Completed);
        await Runs.StopSessionAsync(Org, "parent", "person:owner", wholeTree: false, Cancel);
        await EndAsync(parent, Stopped);

        await Sessions.DeleteAsync(Org, "parent", Cancel);

        Assert.Equal(EventTypes.CallbackDropped, (await LogTypesAsync("child"))[^1]);
    }

    [Fact]
    public async Task A_queued_child_that_is_deleted_calls_back_as_stopped()
    {
        await RegisterAsync();
        await IdleParentAsync();
        await EnqueueAsync(StartChild("child", "parent"));

        await Sessions.DeleteAsync(Org, "child", Cancel);

        Assert.Contains("\"child\" has failed", await ResumedWithAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_callback_of_a_child_that_is_deleted_later_is_still_delivered()
    {
        await RegisterAsync();
        var parent = await RunningAsync("parent");
        await EndAsync(await ChildAsync("child"), Completed with { ResultText = "kept" });
        await Sessions.DeleteAsync(Org, "child", Cancel);

        await EndAsync(parent, Completed);

        Assert.Contains("kept", await ResumedWithAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_delivered_resume_goes_on_with_the_agent_and_executor_of_the_parents_latest_run()
    {
        await RegisterAsync(RunnerOf("lnch_1") with { Executors = ["chat", "claude-code"], Tags = ["gpu"] });
        await EnqueueAsync(Start("parent") with
        {
            AgentName = "lead",
            AgentRevision = 7,
            Executor = "chat",
            Demands = new Demands { Tags = ["gpu"] },
        });
        await EndAsync(await TakeAsync(), Completed);

        await EndAsync(await ChildAsync("child"), Completed);

        var resume = Assert.Single(await RunsOfAsync("parent"), run => run.Status == RunStatus.Pending);
        Assert.Equal(("lead", 7L, "chat"), (resume.AgentName, resume.AgentRevision, resume.Executor));
        Assert.Equal(["gpu"], resume.Demands!.Tags!);
    }

    [Fact]
    public async Task A_stop_that_meets_an_enqueue_drops_no_callback()
    {
        await RegisterAsync();
        await IdleParentAsync();
        await EndAsync(await RunningAsync("child"), Completed);
        var resume = Resume("child") with { Parent = "parent", ExecutionMode = ExecutionMode.AsyncCallback };
        for (var round = 0; round < 20; round++)
        {
            await Task.WhenAll(
                EnqueueAsync(resume with { RunId = Ids.NewRun() }),
                Runs.StopSessionAsync(Org, "child", "person:owner", wholeTree: false, Cancel));
        }

        await Runs.StopSessionAsync(Org, "child", "person:owner", wholeTree: false, Cancel);
        Assert.DoesNotContain(EventTypes.CallbackDropped, await LogTypesAsync("child"));
        Assert.Equal(20, (await LogTypesAsync("parent")).Count(type => type == EventTypes.Callback));
    }

    [Fact]
    public async Task Parents_and_children_that_end_at_one_moment_wait_for_nobody()
    {
        await RegisterAsync();
        for (var round = 0; round < 10; round++)
        {
            var parent = await RunningAsync($"p{round}");
            await EnqueueAsync(StartChild($"a{round}", $"p{round}"));
            var a = await TakeAsync();
            await EnqueueAsync(StartChild($"b{round}", $"a{round}"));
            var b = await TakeAsync();

            await Task.WhenAll(EndAsync(parent, Completed), EndAsync(a, Completed), EndAsync(b, Completed));

            Assert.Equal(SessionStatus.Pending, await StatusAsync($"p{round}"));
            Assert.Equal(SessionStatus.Pending, await StatusAsync($"a{round}"));
            await Runs.StopSessionAsync(Org, $"p{round}", "person:owner", wholeTree: false, Cancel);
            await Runs.StopSessionAsync(Org, $"a{round}", "person:owner", wholeTree: false, Cancel);
        }
    }

    [Theory]
    [InlineData(ExecutionMode.Sync)]
    [InlineData(ExecutionMode.AsyncPoll)]
    public async Task Only_children_that_asked_for_it_call_back(ExecutionMode mode)
    {
        await RegisterAsync();
        await IdleParentAsync();
        await EnqueueAsync(StartChild("child", "parent", mode));

        await EndAsync(await TakeAsync(), Completed);

        Assert.Single(await RunsOfAsync("parent"));
        Assert.DoesNotContain(EventTypes.Callback, await LogTypesAsync("parent"));
    }

    [Fact]
    public async Task A_session_never_calls_itself_back()
    {
        await RegisterAsync();
        await EndAsync(await RunningAsync("one"), Completed);
        await EnqueueAsync(Resume("one") with { Parent = "one", ExecutionMode = ExecutionMode.AsyncCallback });

        await EndAsync(await TakeAsync(), Completed);

        Assert.Equal(2, (await RunsOfAsync("one")).Count);
        Assert.DoesNotContain(EventTypes.Callback, await LogTypesAsync("one"));
    }

    [Fact]
    public async Task A_chain_is_called_back_link_by_link_across_a_restart()
    {
        await RegisterAsync();
        await IdleParentAsync();
        var child = await ChildAsync("child");
        await EnqueueAsync(StartChild("grandchild", "child"));
        var grandchild = await TakeAsync();
        await EndAsync(grandchild, Completed with { ResultText = "deep" });
        await Fixture.RestartAsync();

        await EndAsync(child, Completed with { ResultText = "waiting for the grandchild" });
        Assert.Contains("waiting for the grandchild", await ResumedWithAsync(), StringComparison.Ordinal);
        await Fixture.RestartAsync();

        Run[] resumed = [await TakeAsync(), await TakeAsync()];
        var again = Assert.Single(resumed, run => run.SessionName == "child");
        Assert.Contains("## Child Result\n\ndeep\n\n", again.Prompt, StringComparison.Ordinal);
        await EndAsync(again, Completed with { ResultText = "all of it" });
        await EndAsync(Assert.Single(resumed, run => run.SessionName == "parent"), Completed);

        Assert.Contains("all of it", await ResumedWithAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Children_that_end_at_one_moment_are_all_told_once()
    {
        await RegisterAsync();
        await IdleParentAsync();
        var children = new List<Run>();
        for (var i = 0; i < 12; i++)
        {
            children.Add(await ChildAsync($"c{i}"));
        }

        await Task.WhenAll(children.Select(child => EndAsync(child, Completed)));

        var told = new List<string>();
        while (await ClaimAsync() is { } resume)
        {
            told.Add(resume.Prompt);
            await EndAsync(resume, Completed);
        }

        var prompts = string.Concat(told);
        Assert.All(children, child => Assert.Equal(2, (prompts + " ").Split(NameIn(prompts, child.SessionName)).Length));
        Assert.Equal(12, (await LogTypesAsync("parent")).Count(type => type == EventTypes.Callback));
    }

    // Named one way alone and another way among several.
    static string NameIn(string prompts, string name) =>
        prompts.Contains($"\"{name}\" has", StringComparison.Ordinal) ? $"\"{name}\" has" : $"### Child: {name} (";

    async Task IdleParentAsync() => await EndAsync(await RunningAsync("parent"), Completed);

    async Task<Run> ChildAsync(string name)
    {
        await EnqueueAsync(StartChild(name, "parent"));
        return await TakeAsync();
    }

    async Task<string> ResumedWithAsync()
    {
        var newest = (await RunsOfAsync("parent")).Single(run => run.Status == RunStatus.Pending);
        Assert.Equal(RunType.ResumeSession, newest.Type);
        return newest.Prompt;
    }
}

public sealed class SqliteCallbackTests() : CallbackTests(new SqliteFixture { Options = SmallPages });

public sealed class PostgresCallbackTests() : CallbackTests(new PostgresFixture { Options = SmallPages });
