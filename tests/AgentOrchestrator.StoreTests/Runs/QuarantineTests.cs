using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.StoreTests.Runs;

/// <summary>An agent that fails three times in a row, here, is held back until a person lets it go.</summary>
public abstract class QuarantineTests(StoreFixture fixture) : RunTest(fixture)
{
    protected static readonly CoordinatorOptions Three = new() { MaxAgentFailures = 3, MaxUnstartedClaims = 1 };

    int _failed;

    [Fact]
    public async Task The_failure_that_is_one_too_many_holds_back_what_is_queued_and_others_go_on()
    {
        await ReadyAsync();
        await FailAsync("Writer", 2);
        Assert.Empty(await Agents.ListQuarantinedAsync(Org, Cancel));
        var last = (await FailAsync("Writer", 1))[0];

        var held = Assert.Single(await Agents.ListQuarantinedAsync(Org, Cancel));
        Assert.Equal(("Writer", 3, last.RunId), (held.Agent, held.Failures, held.RunId));
        Assert.Equal(held, (await Sink.WaitForAsync<AgentQuarantined>()).Quarantine);
        Assert.Equal(EventTypes.AgentQuarantined, (await LogTypesAsync(last.SessionName))[^1]);
        Assert.Equal(["Writer"], (await Runs.ReadLoadAsync(Org, Cancel)).Quarantined);
        Assert.Equal(1, (await Runs.MeasureAsync(Cancel)).QuarantinedAgents);
        var entry = Assert.Single(await Fixture.Stores.Audit.ReadAsync(Org, 0, 10, Cancel));
        Assert.Equal(("coordinator", "agent quarantined", $"Writer {last.RunId}"), (entry.Fact.Actor, entry.Fact.Route, entry.Fact.Subject));

        var waits = await QueueAsync("waits", "Writer");
        var other = await QueueAsync("other", "Other");
        Assert.Equal(other.RunId, (await TakeAsync()).RunId);
        Assert.Null(await ClaimAsync());
        Assert.Equal(RunStatus.Pending, (await FoundAsync(waits.RunId)).Status);
    }

    [Fact]
    public async Task A_release_lets_the_queue_go_and_counts_from_nothing()
    {
        await ReadyAsync();
        await FailAsync("Writer", 3);
        var waits = await QueueAsync("waits", "Writer");
        Sink.Clear();

        Assert.True(await Agents.ReleaseAsync(Org, "wRITER", Cancel));
        Assert.False(await Agents.ReleaseAsync(Org, "Writer", Cancel));
        Assert.False(await Agents.ReleaseAsync(Org, "nobody", Cancel));

        Assert.Equal(waits.RunId, (await Sink.WaitForAsync<RunClaimable>()).RunId);
        await EndAsync(await TakeAsync(), Failed);
        await FailAsync("Writer", 1);
        Assert.Empty(await Agents.ListQuarantinedAsync(Org, Cancel));
        await FailAsync("Writer", 1);
        Assert.Single(await Agents.ListQuarantinedAsync(Org, Cancel));
    }

    [Fact]
    public async Task A_new_version_lets_it_go_unless_it_is_of_an_inactive_agent()
    {
        await ReadyAsync();
        await FailAsync("Writer", 3);
        await QueueAsync("waits", "Writer");

        await Agents.SaveAsync(Org, "Writer", "inactive", """{"status":"inactive"}""", Cancel);
        Assert.Null(await ClaimAsync());
        await Agents.SaveAsync(Org, "writer", "mended", """{"status":"active"}""", Cancel);

        Assert.NotNull(await ClaimAsync());
        Assert.Empty(await Agents.ListQuarantinedAsync(Org, Cancel));
    }

    [Fact]
    public async Task Runs_of_an_earlier_version_say_nothing_of_the_newest()
    {
        await ReadyAsync();
        var old = new List<Run>();
        foreach (var name in new[] { "a", "b", "c" })
        {
            await QueueAsync(name, "Writer");
            old.Add(await TakeAsync());
        }

        await Agents.SaveAsync(Org, "Writer", "mended", "{}", Cancel);
        foreach (var run in old)
        {
            await EndAsync(run, Failed);
        }

        Assert.Empty(await Agents.ListQuarantinedAsync(Org, Cancel));
    }

    [Theory]
    [InlineData("model")]
    [InlineData("limit")]
    [InlineData("missing")]
    [InlineData("timeout")]
    [InlineData("shutdown")]
    [InlineData("invalid_input")]
    public async Task What_is_no_fault_of_the_agent_is_not_counted(string reason)
    {
        await ReadyAsync();

        await FailAsync("Writer", 6, new RunEnd(RunStatus.Failed, reason, "429: slow down"));

        Assert.Empty(await Agents.ListQuarantinedAsync(Org, Cancel));
    }

    [Fact]
    public async Task Runs_that_failed_side_by_side_are_one_failure()
    {
        await ReadyAsync();
        var live = new List<Run>();
        for (var i = 0; i < 6; i++)
        {
            await QueueAsync($"side {i}", "Writer");
            live.Add(await TakeAsync());
        }

        foreach (var run in live)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            await EndAsync(run, new RunEnd(RunStatus.Failed, "lost", "the host died"));
        }

        Assert.Empty(await Agents.ListQuarantinedAsync(Org, Cancel));
    }

    [Fact]
    public async Task A_run_that_went_well_in_between_or_a_long_while_begins_the_count_anew()
    {
        await ReadyAsync();
        await FailAsync("Writer", 2);
        await QueueAsync("fine", "Writer");
        await EndAsync(await TakeAsync(), Completed);
        await FailAsync("Writer", 2);
        Time.Advance(TimeSpan.FromHours(1));
        await FailAsync("Writer", 2);

        Assert.Empty(await Agents.ListQuarantinedAsync(Org, Cancel));
    }

    [Fact]
    public async Task Attempts_at_one_run_are_one_failure()
    {
        await ReadyAsync();
        await EnqueueAsync(Of(Start("again"), "Writer") with { Retry = new RetryPolicy { MaxAttempts = 4, On = ["error"] } });

        for (var i = 0; i < 4; i++)
        {
            await EndAsync(await TakeAsync(), Failed);
        }

        Assert.Empty(await Agents.ListQuarantinedAsync(Org, Cancel));
        Assert.Equal(4, (await RunsOfAsync("again")).Count);
    }

    [Fact]
    public async Task Claims_that_nobody_starts_and_lost_runs_count()
    {
        await ReadyAsync();
        for (var i = 0; i < 2; i++)
        {
            await QueueAsync($"unstarted {i}", "Writer");
            await Runs.ReleaseAsync(LeaseOf((await ClaimAsync())!), Cancel);
            await Runs.ReleaseAsync(LeaseOf((await ClaimAsync())!), Cancel);
        }

        await QueueAsync("lost", "Writer");
        await TakeAsync();
        Time.Advance(TimeSpan.FromMinutes(2));
        await Runs.ReapAsync(10, Cancel);

        Assert.Equal(3, Assert.Single(await Agents.ListQuarantinedAsync(Org, Cancel)).Failures);
    }

    [Fact]
    public async Task What_is_held_back_does_not_expire_for_want_of_a_runner()
    {
        await ReadyAsync();
        await FailAsync("Writer", 3);
        var waits = await EnqueueAsync(Of(Start("waits"), "Writer") with { Demands = new Demands { Tags = ["gpu"] } });

        Time.Advance(TimeSpan.FromMinutes(10));
        await Runs.ReapAsync(10, Cancel);
        Assert.Equal(RunStatus.Pending, (await FoundAsync(waits.RunId)).Status);
        await Agents.ReleaseAsync(Org, "Writer", Cancel);
        await Runs.ReapAsync(10, Cancel);
        Assert.Equal(RunStatus.Pending, (await FoundAsync(waits.RunId)).Status);
        Time.Advance(TimeSpan.FromMinutes(10));
        await Runs.ReapAsync(10, Cancel);

        Assert.Equal("expired", (await FoundAsync(waits.RunId)).Reason);
    }

    [Fact]
    public async Task Ends_side_by_side_and_releases_leave_nobody_waiting_for_ever()
    {
        await ReadyAsync();
        var live = new List<Run>();
        for (var i = 0; i < 12; i++)
        {
            await QueueAsync($"live {i}", "Writer");
            live.Add(await TakeAsync());
            await EnqueueAsync(Of(Resume($"live {i}"), "Writer"));
        }

        await Task.WhenAll(live.Select((run, i) => EndAsync(run, i % 3 == 0 ? Completed : Failed))
            .Concat(Enumerable.Range(0, 6).Select(_ => (Task)Agents.ReleaseAsync(Org, "Writer", Cancel))));
        await Agents.ReleaseAsync(Org, "Writer", Cancel);

        for (var i = 0; i < 12; i++)
        {
            await TakeAsync();
        }
    }

    protected async Task ReadyAsync()
    {
        await RegisterAsync();
        await Agents.SaveAsync(Org, "Writer", "d1", "{}", Cancel);
        await Agents.SaveAsync(Org, "Other", "d1", "{}", Cancel);
    }

    /// <summary>Runs that fail one after the other.</summary>
    protected async Task<List<Run>> FailAsync(string agent, int times, RunEnd? end = null)
    {
        var ended = new List<Run>();
        for (var i = 0; i < times; i++)
        {
            await QueueAsync($"{agent} {++_failed}", agent);
            ended.Add(await EndAsync(await TakeAsync(), end ?? Failed));
            Time.Advance(TimeSpan.FromSeconds(1));
        }

        return ended;
    }

    Task<Run> QueueAsync(string name, string agent) => EnqueueAsync(Of(Start(name), agent));

    static NewRun Of(NewRun run, string agent) => run with { AgentName = agent, AgentRevision = 1 };
}

public sealed class SqliteQuarantineTests() : QuarantineTests(new SqliteFixture { Options = Three });

public sealed class PostgresQuarantineTests() : QuarantineTests(new PostgresFixture { Options = Three });
