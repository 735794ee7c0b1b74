using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.StoreTests.Runs;

/// <summary>Who is claimed first, and how many at once.</summary>
public abstract class PlacementTests(StoreFixture fixture) : RunTest(fixture)
{
    [Fact]
    public async Task A_higher_priority_goes_first_and_equal_ones_in_their_order()
    {
        await RegisterAsync();
        await EnqueueAsync(Start("low") with { Priority = -1 });
        await EnqueueAsync(Start("plain"));
        await EnqueueAsync(Start("second"));
        await EnqueueAsync(Start("high") with { Priority = 1 });

        Assert.Equal(["high", "plain", "second", "low"], await ClaimNamesAsync(4));
    }

    [Fact]
    public async Task A_waiting_run_gains_a_point_of_priority_each_hour()
    {
        await RegisterAsync();
        await QueueAsync("old");
        Time.Advance(TimeSpan.FromHours(3) - TimeSpan.FromSeconds(1));
        await EnqueueAsync(Start("urgent") with { Priority = 3 });
        Time.Advance(TimeSpan.FromSeconds(2));
        await EnqueueAsync(Start("as-urgent-but-too-late") with { Priority = 3 });

        Assert.Equal(["urgent", "old", "as-urgent-but-too-late"], await ClaimNamesAsync(3));
    }

    [Fact]
    public async Task A_thousand_children_of_one_session_keep_no_other_waiting()
    {
        await RegisterAsync();
        await QueueAsync("parent");
        await TakeAsync();
        for (var i = 0; i < 1_000; i++)
        {
            await EnqueueAsync(StartChild($"child-{i}", "parent", ExecutionMode.AsyncPoll));
        }

        var served = new List<string>(await ClaimNamesAsync(100));
        Time.Advance(TimeSpan.FromHours(10));
        await QueueAsync("person");
        served.AddRange(await ClaimNamesAsync(2));

        Assert.Contains("person", served[^2..]);
        Assert.Equal(101, served.Count(name => name.StartsWith("child-", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Two_trees_with_long_queues_are_served_in_turns()
    {
        await RegisterAsync();
        await QueueAsync("early");
        await TakeAsync();
        await QueueAsync("late");
        await TakeAsync();
        for (var i = 0; i < 30; i++)
        {
            await EnqueueAsync(StartChild($"early-{i}", "early", ExecutionMode.AsyncPoll));
        }

        await ClaimNamesAsync(10);
        Time.Advance(TimeSpan.FromMinutes(30));
        for (var i = 0; i < 30; i++)
        {
            await EnqueueAsync(StartChild($"late-{i}", "late", ExecutionMode.AsyncPoll));
        }

        var served = await ClaimNamesAsync(20);

        Assert.InRange(served.Count(name => name.StartsWith("early-", StringComparison.Ordinal)), 9, 11);
    }

    [Fact]
    public async Task A_long_queue_of_one_tree_is_not_kept_waiting_for_ever_by_what_comes_later()
    {
        await RegisterAsync();
        await QueueAsync("parent");
        await TakeAsync();
        for (var i = 0; i < 3; i++)
        {
            await EnqueueAsync(StartChild($"child-{i}", "parent", ExecutionMode.AsyncPoll));
        }

        var served = new List<string>();
        for (var i = 0; i < 60; i++)
        {
            // One more than is served, always.
            await QueueAsync($"single-{i}-a");
            await QueueAsync($"single-{i}-b");
            served.AddRange(await ClaimNamesAsync(1));
            Time.Advance(TimeSpan.FromHours(2));
        }

        Assert.Superset(new HashSet<string> { "child-0", "child-1", "child-2" }, served.ToHashSet());
    }

    [Fact]
    public async Task An_agent_at_its_limit_leaves_its_runs_waiting_and_no_others()
    {
        await RegisterAsync();
        for (var i = 0; i < 4; i++)
        {
            await EnqueueAsync(Start($"capped-{i}") with { AgentName = "careful", AgentCap = 2 });
        }

        await EnqueueAsync(Start("other") with { AgentName = "other", AgentCap = 1 });
        var first = (await ClaimAsync())!;
        Assert.Equal(["capped-1", "other"], await ClaimNamesAsync(2));
        Assert.Null(await ClaimAsync());
        Assert.Equal(2, (await Runs.ReadLoadAsync(Org, Cancel)).ByAgent["careful"]);

        Sink.Clear();
        await EndAsync(first, Completed);

        await Sink.WaitForAsync<Coordinator.RunClaimable>();
        Assert.Equal(["capped-2"], await ClaimNamesAsync(1));
        Assert.Null(await ClaimAsync());
    }

    [Fact]
    public async Task Claims_at_one_moment_do_not_pass_the_limit_of_an_agent()
    {
        for (var i = 0; i < 12; i++)
        {
            await RegisterAsync($"lnch_{i}");
            await EnqueueAsync(Start($"capped-{i}") with { AgentName = "careful", AgentCap = 3 });
        }

        var claims = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => ClaimAsync($"lnch_{i}")));

        Assert.Equal(3, claims.Count(claim => claim is not null));
    }

    [Fact]
    public async Task A_parent_that_waits_for_its_child_takes_no_place_of_a_cap()
    {
        await RegisterAsync();
        await EnqueueAsync(Start("parent") with { AgentName = "careful", AgentCap = 1 });
        await TakeAsync();
        var child = StartChild("child", "parent", ExecutionMode.Sync);
        await EnqueueAsync(child with { AgentName = "careful", AgentCap = 1 });

        Assert.Equal(["child"], await ClaimNamesAsync(1));
    }

    async Task<IReadOnlyList<string>> ClaimNamesAsync(int count)
    {
        var names = new List<string>();
        for (var i = 0; i < count; i++)
        {
            names.Add((await ClaimAsync())?.SessionName ?? "nothing");
        }

        return names;
    }
}

public sealed class SqlitePlacementTests() : PlacementTests(new SqliteFixture { Options = new() { MaxLiveChildren = 0, MaxTreeDescendants = 0 } });

public sealed class PostgresPlacementTests() : PlacementTests(new PostgresFixture { Options = new() { MaxLiveChildren = 0, MaxTreeDescendants = 0 } });
