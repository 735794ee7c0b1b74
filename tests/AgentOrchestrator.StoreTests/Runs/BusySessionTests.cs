using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.StoreTests.Runs;

/// <summary>Messages to a session that works.</summary>
public abstract class BusySessionTests(StoreFixture fixture) : RunTest(fixture)
{
    [Fact]
    public async Task An_interrupting_message_stops_the_live_run_and_is_the_next_of_its_session()
    {
        await RegisterAsync();
        var live = await RunningAsync("one");
        var waiting = await EnqueueAsync(Resume("one"));
        var urgent = await EnqueueAsync(Resume("one") with { WhenBusy = WhenBusy.Interrupt, Actor = "person:owner" });
        var moreUrgent = await EnqueueAsync(Resume("one") with { WhenBusy = WhenBusy.Interrupt });
        Assert.Equal(RunStatus.Stopping, (await FoundAsync(live.RunId)).Status);
        Assert.Equal([live.RunId], await Runs.TakeStopsAsync(Org, "lnch_1", Cancel));
        Assert.Null(await ClaimAsync());

        var stopped = await EndAsync(live, Stopped);
        Assert.Equal((RunStatus.Stopped, "interrupted"), (stopped.Status, stopped.Reason));
        foreach (var expected in new[] { moreUrgent, urgent, waiting })
        {
            var next = (await ClaimAsync())!;
            Assert.Equal(expected.RunId, next.RunId);
            await EndAsync(next, Completed);
        }
    }

    [Fact]
    public async Task A_parent_is_told_that_its_child_was_interrupted()
    {
        await RegisterAsync();
        await EndAsync(await RunningAsync("parent"), Completed);
        await EnqueueAsync(StartChild("child", "parent"));
        var live = await TakeAsync();
        await EnqueueAsync(Resume("child") with { WhenBusy = WhenBusy.Interrupt });
        await EndAsync(live, Stopped);

        var told = Assert.Single(await RunsOfAsync("parent"), run => run.Status == RunStatus.Pending);
        Assert.Contains(RunErrors.Interrupted, told.Prompt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupting_message_to_an_idle_session_is_a_message()
    {
        await RegisterAsync();
        await EndAsync(await RunningAsync("one"), Completed);
        var message = await EnqueueAsync(Resume("one") with { WhenBusy = WhenBusy.Interrupt });

        Assert.Equal(message.RunId, (await ClaimAsync())!.RunId);
    }

    [Fact]
    public async Task A_session_that_is_busy_refuses_what_asks_for_that_and_an_idle_one_takes_it()
    {
        await RegisterAsync();
        var reject = Resume("one") with { WhenBusy = WhenBusy.Reject };
        await QueueAsync("one");
        await RefusedAsync("session_busy", () => EnqueueAsync(reject));
        var live = await TakeAsync();
        await RefusedAsync("session_busy", () => EnqueueAsync(reject));
        await EndAsync(live, Completed);
        await EnqueueAsync(Resume("one") with { Delay = TimeSpan.FromHours(1) });

        await EnqueueAsync(reject);
        Assert.Equal(3, (await RunsOfAsync("one")).Count);
    }

    [Fact]
    public async Task The_policy_of_a_session_holds_for_messages_that_say_nothing()
    {
        await RegisterAsync();
        var start = Start("one");
        await EnqueueAsync(start with { Session = start.Session! with { WhenBusy = WhenBusy.Reject } });
        Assert.Equal(WhenBusy.Reject, (await SessionAsync("one")).WhenBusy);

        await RefusedAsync("session_busy", () => EnqueueAsync(Resume("one")));
        await EnqueueAsync(Resume("one") with { WhenBusy = WhenBusy.Enqueue });
    }

    [Fact]
    public async Task A_run_says_whether_it_waits_for_another_of_its_session()
    {
        await RegisterAsync();
        var first = await QueueAsync("one");
        var second = await EnqueueAsync(Resume("one"));
        Assert.Equal((false, true), (first.IsBehind, second.IsBehind));
        await EndAsync(await TakeAsync(), Completed);

        Assert.False((await FoundAsync(second.RunId)).IsBehind);
    }

    [Fact]
    public async Task Runs_are_listed_by_agent_runner_and_as_running_with_those_that_wait()
    {
        await RegisterAsync();
        await EnqueueAsync(Start("parent") with { AgentName = "Lead" });
        var parent = await TakeAsync();
        await EnqueueAsync(StartChild("child", "parent", ExecutionMode.Sync) with { AgentName = "Helper" });
        Assert.Equal(RunStatus.Waiting, (await FoundAsync(parent.RunId)).Status);

        Assert.Equal("parent", Assert.Single(await NamesAsync(new RunQuery { Status = RunStatus.Running })));
        Assert.Equal("parent", Assert.Single(await NamesAsync(new RunQuery { AgentName = "lead" })));
        Assert.Equal("parent", Assert.Single(await NamesAsync(new RunQuery { RunnerId = "lnch_1" })));
        Assert.Equal("child", Assert.Single(await NamesAsync(new RunQuery { AgentName = "Helper", Status = RunStatus.Pending })));
        Assert.Empty(await NamesAsync(new RunQuery { AgentName = "Helper", RunnerId = "lnch_1" }));
    }

    async Task<string[]> NamesAsync(RunQuery query) =>
        await Runs.ListAsync(Org, query, Cancel).Select(run => run.SessionName).ToArrayAsync(Cancel);
}

public sealed class SqliteBusySessionTests() : BusySessionTests(new SqliteFixture());

public sealed class PostgresBusySessionTests() : BusySessionTests(new PostgresFixture());
