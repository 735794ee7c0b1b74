using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.StoreTests.Runs;

/// <summary>Failures that an agent's policy follows with another attempt, and claims that nobody starts.</summary>
public abstract class RetryTests(StoreFixture fixture) : RunTest(fixture)
{
    protected static readonly CoordinatorOptions FewClaims = new() { MaxUnstartedClaims = 2 };

    static readonly RetryPolicy s_policy = new() { MaxAttempts = 3, On = ["error", "lost", "timeout"] };

    [Fact]
    public async Task A_failure_of_a_named_reason_is_tried_again_until_no_attempt_is_left()
    {
        await RegisterAsync();
        var first = await EnqueueAsync(Retried(Start("one", "do it")) with { Priority = 7, TimeoutSeconds = 60, UseMemory = false });
        await EndAsync(await TakeAsync(), Failed);

        var second = await LatestAsync("one");
        Assert.Equal((first.RunId, 1, RunStatus.Pending), (second.RetryOf!, second.RetryNumber, second.Status));
        Assert.Equal(("do it", 7, 60, false, first.SessionId), (second.Prompt, second.Priority, second.TimeoutSeconds!.Value, second.UseMemory, second.SessionId));
        Assert.Equal(SessionStatus.Pending, await StatusAsync("one"));
        Assert.Equal([EventTypes.RunFailed, EventTypes.RunQueued], (await LogTypesAsync("one"))[^2..]);
        Assert.Equal(second.RunId, (await LogAsync("one"))[^2].ReadFields().Data!.Value.GetProperty("retry_run_id").GetString());
        Assert.Equal(first.RunId, (await LogAsync("one"))[^1].ReadFields().Data!.Value.GetProperty("retry_of").GetString());

        await EndAsync(await TakeAsync(), Failed);
        var third = await TakeAsync();
        Assert.Equal((first.RunId, 2), (third.RetryOf!, third.RetryNumber));
        await EndAsync(third, Failed);

        Assert.Equal(3, (await RunsOfAsync("one")).Count);
        Assert.Equal(SessionStatus.Failed, await StatusAsync("one"));
    }

    [Fact]
    public async Task A_repeated_report_of_the_failure_queues_nothing_more()
    {
        await RegisterAsync();
        await EnqueueAsync(Retried(Start("one")));
        var run = await TakeAsync();

        await EndAsync(run, Failed);
        await EndAsync(run, Failed);

        Assert.Equal(2, (await RunsOfAsync("one")).Count);
    }

    [Fact]
    public async Task Other_reasons_ends_and_stops_are_not_tried_again()
    {
        await RegisterAsync();
        await EnqueueAsync(Retried(Start("other")));
        await EndAsync(await TakeAsync(), new RunEnd(RunStatus.Failed, "shutdown", "the runner was stopped"));
        await EnqueueAsync(Retried(Start("fine")));
        await EndAsync(await TakeAsync(), Completed);
        await EnqueueAsync(Retried(Start("stopped")));
        var stopped = await TakeAsync();
        await Runs.StopAsync(Org, stopped.RunId, "person:owner", Cancel);
        await EndAsync(stopped, Failed);
        await EnqueueAsync(Start("no policy"));
        await EndAsync(await TakeAsync(), Failed);

        foreach (var name in new[] { "other", "fine", "stopped", "no policy" })
        {
            Assert.Single(await RunsOfAsync(name));
        }
    }

    [Fact]
    public async Task A_lost_run_is_tried_again_and_goes_before_what_waits_behind_it()
    {
        await RegisterAsync();
        var first = await EnqueueAsync(Retried(Start("one")));
        await TakeAsync();
        var message = await EnqueueAsync(Resume("one"));
        Time.Advance(TimeSpan.FromSeconds(31));

        Assert.Equal(1, (await Runs.ReapAsync(100, Cancel)).Lost);

        var again = await TakeAsync();
        Assert.Equal(first.RunId, again.RetryOf);
        await EndAsync(again, Completed);
        Assert.Equal(message.RunId, (await TakeAsync()).RunId);
    }

    [Fact]
    public async Task A_time_out_is_tried_again_unless_somebody_stops_it_meanwhile()
    {
        await RegisterAsync();
        foreach (var name in new[] { "again", "stopped", "interrupted" })
        {
            await EnqueueAsync(Retried(Start(name)) with { TimeoutSeconds = 5 });
        }

        var runs = new[] { await TakeAsync(), await TakeAsync(), await TakeAsync() };
        Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(3, (await Runs.TakeDueAsync(10, Cancel)).TimedOut);
        await Runs.StopSessionAsync(Org, "stopped", "person:owner", wholeTree: false, Cancel);
        var interrupting = await EnqueueAsync(Resume("interrupted") with { WhenBusy = WhenBusy.Interrupt });
        foreach (var run in runs)
        {
            Assert.Equal("timeout", (await EndAsync(run, Stopped)).Reason);
        }

        Assert.Equal(runs[0].RunId, (await LatestAsync("again")).RetryOf);
        Assert.Single(await RunsOfAsync("stopped"));
        Assert.Equal(2, (await RunsOfAsync("interrupted")).Count);
        Assert.Contains(await RunsOfAsync("interrupted"), run => run.RunId == interrupting.RunId);
    }

    [Fact]
    public async Task The_parent_is_told_once_of_the_last_attempt()
    {
        await RegisterAsync();
        await QueueAsync("parent");
        await EndAsync(await TakeAsync(), Completed);
        await EnqueueAsync(Retried(StartChild("child", "parent")));

        await EndAsync(await TakeAsync(), Failed);
        Assert.DoesNotContain(EventTypes.Callback, await LogTypesAsync("parent"));
        Assert.Equal(SessionStatus.Finished, await StatusAsync("parent"));
        await EndAsync(await TakeAsync(), Completed with { ResultText = "at last" });

        var told = Assert.Single(await RunsOfAsync("parent"), run => run.Status == RunStatus.Pending);
        Assert.Contains("at last", told.Prompt, StringComparison.Ordinal);
        Assert.Single(await LogTypesAsync("parent"), type => type == EventTypes.Callback);
    }

    [Fact]
    public async Task The_parent_is_told_once_when_a_waiting_attempt_is_stopped()
    {
        await RegisterAsync();
        await QueueAsync("parent");
        await EndAsync(await TakeAsync(), Completed);
        await EnqueueAsync(Retried(StartChild("child", "parent")));
        await EndAsync(await TakeAsync(), Failed);

        await Runs.StopSessionAsync(Org, "child", "person:owner", wholeTree: false, Cancel);

        Assert.Single(await LogTypesAsync("parent"), type => type == EventTypes.Callback);
        Assert.Equal(2, (await RunsOfAsync("child")).Count);
    }

    [Fact]
    public async Task A_parent_that_waits_goes_on_waiting_for_the_next_attempt()
    {
        await RegisterAsync();
        var parent = await RunningAsync("parent");
        await EnqueueAsync(Retried(StartChild("child", "parent", ExecutionMode.Sync)));
        Assert.Equal(RunStatus.Waiting, (await FoundAsync(parent.RunId)).Status);

        await EndAsync(await TakeAsync(), Failed);
        Assert.Equal(("child", RunStatus.Waiting), ((await FoundAsync(parent.RunId)).WaitingReason!, (await FoundAsync(parent.RunId)).Status));
        await EndAsync(await TakeAsync(), Completed);

        Assert.Equal(RunStatus.Running, (await FoundAsync(parent.RunId)).Status);
    }

    [Fact]
    public async Task A_delayed_attempt_waits_outside_the_queue()
    {
        await RegisterAsync();
        await EnqueueAsync(Start("one") with { Retry = s_policy with { DelaySeconds = 30 } });
        await EndAsync(await TakeAsync(), Failed);

        Assert.True((await LatestAsync("one")).IsDelayed);
        Assert.Equal(SessionStatus.Pending, await StatusAsync("one"));
        Assert.Null(await ClaimAsync());
        Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(1, (await Runs.TakeDueAsync(10, Cancel)).Released);

        Assert.Equal(1, (await TakeAsync()).RetryNumber);
    }

    [Fact]
    public async Task Only_one_attempt_at_a_run_is_open_at_a_time()
    {
        await RegisterAsync();
        await QueueAsync("one");
        var ended = await EndAsync(await TakeAsync(), Failed);
        var again = await EnqueueAsync(RetryRules.Again(ended));
        Assert.Equal((ended.RunId, 1), (again.RetryOf!, again.RetryNumber));

        var refusal = await RefusedAsync("retry_open", () => EnqueueAsync(RetryRules.Again(ended)));

        Assert.Contains(again.RunId, refusal.Message, StringComparison.Ordinal);
        await EndAsync(await TakeAsync(), Failed);
        var third = await EnqueueAsync(RetryRules.Again(await FoundAsync(again.RunId)));
        Assert.Equal((ended.RunId, 2), (third.RetryOf!, third.RetryNumber));
    }

    [Fact]
    public async Task A_run_that_nobody_starts_ends_as_unstarted_and_tells_its_parent()
    {
        await RegisterAsync(RunnerOf("lnch_1") with { AcknowledgesClaims = true });
        await QueueAsync("parent");
        await EndAsync(await TakeAsync(), Completed);
        var poison = await EnqueueAsync(StartChild("poison", "parent"));

        for (var claims = 1; claims <= 2; claims++)
        {
            Assert.Equal(poison.RunId, (await ClaimAsync())!.RunId);
            Time.Advance(TimeSpan.FromSeconds(11));
            await Runs.ReapAsync(100, Cancel);
            Assert.Equal(RunStatus.Pending, (await FoundAsync(poison.RunId)).Status);
        }

        await Runs.ReleaseAsync(LeaseOf((await ClaimAsync())!), Cancel);

        var ended = await FoundAsync(poison.RunId);
        Assert.Equal((RunStatus.Failed, "unstarted"), (ended.Status, ended.Reason!));
        Assert.StartsWith("3 runners claimed the run and none started it", ended.Error, StringComparison.Ordinal);
        Assert.Single(await LogTypesAsync("parent"), type => type == EventTypes.Callback);
    }

    async Task<Run> LatestAsync(string name) => (await RunsOfAsync(name)).MaxBy(run => run.RetryNumber)!;

    static NewRun Retried(NewRun run) => run with { Retry = s_policy };
}

public sealed class SqliteRetryTests() : RetryTests(new SqliteFixture { Options = FewClaims });

public sealed class PostgresRetryTests() : RetryTests(new PostgresFixture { Options = FewClaims });
