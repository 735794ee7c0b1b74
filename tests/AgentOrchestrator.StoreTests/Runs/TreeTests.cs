using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.StoreTests.Runs;

/// <summary>What becomes of children whose parent is stopped or deleted, and how far a tree may grow.</summary>
public abstract class TreeTests(StoreFixture fixture) : RunTest(fixture)
{
    const string Owner = "person:owner";

    public static readonly CoordinatorOptions SmallTrees = new() { MaxTreeDepth = 2, MaxLiveChildren = 3, MaxTreeDescendants = 6 };

    [Fact]
    public async Task A_stop_reaches_what_is_below_and_not_what_outlives_its_parent()
    {
        await RegisterAsync();
        var parent = await RunningAsync("parent");
        var child = await ChildAsync("child", "parent");
        await EnqueueAsync(StartChild("queued", "child"));
        await EnqueueAsync(Outliving(StartChild("free", "parent")));
        var free = await TakeQueuedAsync("free");

        var outcome = await Runs.StopSessionAsync(Org, "parent", Owner, wholeTree: false, Cancel);

        Assert.Equal(2, outcome!.Descendants);
        Assert.Equal(SessionStatus.Stopping, await StatusAsync("parent"));
        Assert.Equal(SessionStatus.Stopping, await StatusAsync("child"));
        Assert.Equal(SessionStatus.Stopped, await StatusAsync("queued"));
        Assert.Equal(SessionStatus.Running, await StatusAsync("free"));
        Assert.Equal(
            new[] { parent.RunId, child.RunId }.Order(StringComparer.Ordinal),
            (await Runs.TakeStopsAsync(Org, "lnch_1", Cancel)).Order(StringComparer.Ordinal));
        await EndAsync(free, Completed);
    }

    [Fact]
    public async Task A_stop_of_the_whole_tree_reaches_all_of_it_and_survives_a_restart()
    {
        await RegisterAsync();
        await RunningAsync("parent");
        await EnqueueAsync(Outliving(StartChild("free", "parent")));
        await TakeAsync();
        await EnqueueAsync(StartChild("below", "free"));
        await TakeAsync();

        Assert.Equal(2, (await Runs.StopSessionAsync(Org, "parent", Owner, wholeTree: true, Cancel))!.Descendants);
        await Fixture.RestartAsync();

        Assert.Equal(SessionStatus.Stopping, await StatusAsync("free"));
        Assert.Equal(SessionStatus.Stopping, await StatusAsync("below"));
        Assert.Equal(3, (await Runs.TakeStopsAsync(Org, "lnch_1", Cancel)).Count);
    }

    [Fact]
    public async Task A_parent_that_waits_for_children_is_stopped_and_not_resumed_by_their_ends()
    {
        await RegisterAsync();
        await EndAsync(await RunningAsync("parent"), Completed);
        var child = await ChildAsync("child", "parent");

        var outcome = await Runs.StopSessionAsync(Org, "parent", Owner, wholeTree: false, Cancel);
        await EndAsync(child, Stopped);

        Assert.Equal((SessionStatus.Finished, SessionStatus.Stopped), (outcome!.Before, outcome.Session.Status));
        Assert.Single(await RunsOfAsync("parent"));
        Assert.Equal(EventTypes.Callback, (await LogTypesAsync("parent"))[^1]);
    }

    [Fact]
    public async Task A_finished_session_without_anything_below_stays_finished()
    {
        await RegisterAsync();
        await EndAsync(await RunningAsync("parent"), Completed);
        await EndAsync(await ChildAsync("child", "parent", ExecutionMode.AsyncPoll), Completed);

        Assert.Equal(0, (await Runs.StopSessionAsync(Org, "parent", Owner, wholeTree: true, Cancel))!.Descendants);
        Assert.Equal(SessionStatus.Finished, await StatusAsync("parent"));
        Assert.Equal(SessionStatus.Finished, await StatusAsync("child"));
    }

    [Fact]
    public async Task A_stop_of_the_run_that_works_stops_what_is_below()
    {
        await RegisterAsync();
        var parent = await RunningAsync("parent");
        await ChildAsync("child", "parent");

        await Runs.StopAsync(Org, parent.RunId, Owner, Cancel);

        Assert.Equal(SessionStatus.Stopping, await StatusAsync("child"));
    }

    [Fact]
    public async Task A_cancelled_message_leaves_the_run_that_works_and_its_children_alone()
    {
        await RegisterAsync();
        await RunningAsync("parent");
        await ChildAsync("child", "parent");
        var message = await EnqueueAsync(Resume("parent"));

        await Runs.StopAsync(Org, message.RunId, Owner, Cancel);

        Assert.Equal(SessionStatus.Running, await StatusAsync("parent"));
        Assert.Equal(SessionStatus.Running, await StatusAsync("child"));
    }

    [Fact]
    public async Task A_session_that_is_being_stopped_starts_nothing_more()
    {
        await RegisterAsync();
        await RunningAsync("parent");
        await Runs.StopSessionAsync(Org, "parent", Owner, wholeTree: false, Cancel);

        await RefusedAsync("parent_stopping", () => EnqueueAsync(StartChild("child", "parent")));
    }

    [Fact]
    public async Task A_parent_that_is_deleted_stops_its_children_and_their_callbacks_are_dropped()
    {
        await RegisterAsync();
        await EndAsync(await RunningAsync("parent"), Completed);
        var child = await ChildAsync("child", "parent");
        await EnqueueAsync(StartChild("queued", "parent"));
        await EnqueueAsync(Outliving(StartChild("free", "parent")));
        var free = await TakeQueuedAsync("free");

        await Sessions.DeleteAsync(Org, "parent", Cancel);
        await EndAsync(child, Stopped);
        await EndAsync(free, Completed);

        Assert.Equal([EventTypes.RunStopping, EventTypes.RunStopped, EventTypes.CallbackDropped], (await LogTypesAsync("child"))[^3..]);
        Assert.Equal([EventTypes.RunStopped, EventTypes.CallbackDropped], (await LogTypesAsync("queued"))[^2..]);
        Assert.Equal([EventTypes.RunCompleted, EventTypes.CallbackDropped], (await LogTypesAsync("free"))[^2..]);
        Assert.Null(await ClaimAsync());
    }

    [Fact]
    public async Task A_tree_has_as_many_generations_as_allowed()
    {
        await RegisterAsync();
        await QueueAsync("root");
        await EnqueueAsync(StartChild("one", "root"));
        await EnqueueAsync(StartChild("two", "one"));

        var refusal = await RefusedAsync(ErrorCode.LimitExceeded, () => EnqueueAsync(StartChild("three", "two")));

        Assert.Equal("tree_limit", refusal.Reason);
        Assert.Null(await Sessions.FindAsync(Org, "three", Cancel));
    }

    [Fact]
    public async Task A_session_has_as_many_live_children_as_allowed_and_a_resumed_one_counts()
    {
        await RegisterAsync();
        await QueueAsync("root");
        for (var i = 0; i < 3; i++)
        {
            await EnqueueAsync(StartChild($"c{i}", "root"));
        }

        await RefusedAsync(ErrorCode.LimitExceeded, () => EnqueueAsync(StartChild("c3", "root")));
        await Runs.StopSessionAsync(Org, "c0", Owner, wholeTree: false, Cancel);
        await EnqueueAsync(StartChild("c3", "root"));

        await RefusedAsync(ErrorCode.LimitExceeded, () => EnqueueAsync(Resume("c0") with { Parent = "root" }));
        await EnqueueAsync(Resume("c1") with { Parent = "root" });
        await EnqueueAsync(Resume("c0"));
    }

    [Fact]
    public async Task A_tree_never_grows_past_its_bound_however_many_start_at_once()
    {
        await QueueAsync("root");
        var tries = Enumerable.Range(0, 20).Select(async i =>
        {
            var name = $"c{i}";
            try
            {
                await EnqueueAsync(StartChild(name, "root"));
                await Runs.StopSessionAsync(Org, name, Owner, wholeTree: false, Cancel);
                return 1;
            }
            catch (ProductException refusal) when (refusal.Reason == "tree_limit")
            {
                return 0;
            }
        });

        var started = (await Task.WhenAll(tries)).Sum();
        while (started < 6)
        {
            await EnqueueAsync(StartChild($"d{started++}", "root", ExecutionMode.AsyncPoll));
            await Runs.StopSessionAsync(Org, $"d{started - 1}", Owner, wholeTree: false, Cancel);
        }

        Assert.Equal(6, started);
        var refusal = await RefusedAsync(ErrorCode.LimitExceeded, () => EnqueueAsync(StartChild("more", "root")));
        Assert.Contains("6 sessions", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_to_an_ancestor_that_would_be_called_back_is_refused()
    {
        await RegisterAsync();
        await RunningAsync("a");
        await ChildAsync("b", "a");

        await RefusedAsync("cycle", () => EnqueueAsync(Resume("a") with { Parent = "b" }));

        Assert.Single(await RunsOfAsync("a"));
    }

    [Fact]
    public async Task A_parent_that_waits_for_a_child_takes_no_place_of_its_runner()
    {
        await RegisterAsync(RunnerOf("lnch_1") with { MaxConcurrent = 1 });
        var parent = await RunningAsync("parent");
        await QueueAsync("other");
        Assert.Null(await ClaimAsync());

        await EnqueueAsync(StartChild("child", "parent", ExecutionMode.Sync));
        var waiting = await FoundAsync(parent.RunId);
        Assert.Equal((RunStatus.Waiting, "child"), (waiting.Status, waiting.WaitingReason));
        Assert.Equal("child", (await SessionAsync("parent")).WaitingReason);
        await Runs.StopSessionAsync(Org, "other", Owner, wholeTree: false, Cancel);
        var child = await TakeAsync();
        Assert.Equal("child", child.SessionName);
        await EndAsync(child, Completed);

        Assert.Equal(RunStatus.Running, (await FoundAsync(parent.RunId)).Status);
        Assert.Null((await SessionAsync("parent")).WaitingReason);
        await QueueAsync("next");
        Assert.Null(await ClaimAsync());
        await EndAsync(await FoundAsync(parent.RunId), Completed);
        Assert.Equal("next", (await ClaimAsync())!.SessionName);
    }

    [Fact]
    public async Task A_parent_waits_until_the_last_child_that_it_waits_for_has_ended()
    {
        await RegisterAsync();
        var parent = await RunningAsync("parent");
        await EnqueueAsync(StartChild("one", "parent", ExecutionMode.Sync));
        await EnqueueAsync(StartChild("two", "parent", ExecutionMode.Sync));

        await EndAsync(await TakeAsync(), Completed);
        Assert.Equal(RunStatus.Waiting, (await FoundAsync(parent.RunId)).Status);
        await Runs.StopSessionAsync(Org, "two", Owner, wholeTree: false, Cancel);

        Assert.Equal(RunStatus.Running, (await FoundAsync(parent.RunId)).Status);
    }

    [Fact]
    public async Task A_message_from_a_person_to_a_child_holds_nobody_up()
    {
        await RegisterAsync();
        var parent = await RunningAsync("parent");
        await EndAsync(await ChildAsync("child", "parent"), Completed);

        var message = await EnqueueAsync(Resume("child") with { ExecutionMode = ExecutionMode.Sync });

        Assert.False(message.HoldsParent);
        Assert.Equal(RunStatus.Running, (await FoundAsync(parent.RunId)).Status);
    }

    [Fact]
    public async Task A_waiting_parent_can_be_stopped_and_can_end_and_is_lost_like_any_other()
    {
        await RegisterAsync();
        foreach (var name in new[] { "stopped", "ended", "lost" })
        {
            await RunningAsync(name);
            await EnqueueAsync(StartChild($"{name}-child", name, ExecutionMode.Sync));
            await TakeAsync();
        }

        await Runs.StopSessionAsync(Org, "stopped", Owner, wholeTree: false, Cancel);
        Assert.Equal(SessionStatus.Stopping, await StatusAsync("stopped"));
        await EndAsync(Assert.Single(await RunsOfAsync("ended")), Completed);
        Time.Advance(TimeSpan.FromSeconds(31));
        await Runs.ReapAsync(100, Cancel);

        Assert.Equal(SessionStatus.Stopped, await StatusAsync("stopped"));
        Assert.Equal(SessionStatus.Finished, await StatusAsync("ended"));
        Assert.Equal(SessionStatus.Failed, await StatusAsync("lost"));
    }

    [Fact]
    public async Task Stops_of_trees_that_meet_starts_and_ends_leave_nothing_alive()
    {
        await RegisterAsync();
        for (var round = 0; round < 8; round++)
        {
            var parent = await RunningAsync($"p{round}");
            await ChildAsync($"c{round}", $"p{round}");
            var ending = await ChildAsync($"e{round}", $"p{round}");

            await Task.WhenAll(
                Runs.StopSessionAsync(Org, $"p{round}", Owner, wholeTree: true, Cancel),
                TryAsync(() => EnqueueAsync(StartChild($"g{round}", $"c{round}"))),
                TryAsync(() => EnqueueAsync(StartChild($"s{round}", $"p{round}", ExecutionMode.Sync))),
                EndAsync(ending, Completed));

            foreach (var name in new[] { "p", "c", "g", "s", "e" })
            {
                if (await Sessions.FindAsync(Org, name + round, Cancel) is { } session)
                {
                    Assert.DoesNotContain(
                        await RunsOfAsync(session.Name), run => run.Status is RunStatus.Pending or RunStatus.Claimed or RunStatus.Running);
                }
            }

            await EndAsync(parent, Stopped);
        }

        static async Task TryAsync(Func<Task> act)
        {
            try
            {
                await act();
            }
            catch (ProductException refusal) when (refusal.Reason is "parent_stopping")
            {
                // The stop was first.
            }
        }
    }

    static NewRun Outliving(NewRun start) => start with { Session = start.Session! with { OnParentEnd = ParentEndPolicy.Detach } };

    async Task<Run> ChildAsync(string name, string parent, ExecutionMode mode = ExecutionMode.AsyncCallback)
    {
        await EnqueueAsync(StartChild(name, parent, mode));
        return await TakeAsync();
    }

    /// <summary>Takes the run of that session, whatever else is queued.</summary>
    async Task<Run> TakeQueuedAsync(string session)
    {
        await RegisterAsync("lnch_2");
        var passed = new List<Run>();
        while (await ClaimAsync("lnch_2") is { } claimed)
        {
            if (claimed.SessionName == session)
            {
                foreach (var other in passed)
                {
                    await Runs.ReleaseAsync(LeaseOf(other), Cancel);
                }

                return await Runs.StartAsync(LeaseOf(claimed), null, null, Cancel);
            }

            passed.Add(claimed);
        }

        throw new InvalidOperationException($"nothing is queued for {session}");
    }
}

public sealed class SqliteTreeTests() : TreeTests(new SqliteFixture { Options = SmallTrees });

public sealed class PostgresTreeTests() : TreeTests(new PostgresFixture { Options = SmallTrees });
