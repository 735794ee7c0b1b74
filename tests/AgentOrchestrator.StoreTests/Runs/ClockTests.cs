using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Runs;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentOrchestrator.StoreTests.Runs;

/// <summary>Somebody puts the clock forward or back while runs have leases and time-outs.</summary>
public abstract class ClockTests(StoreFixture fixture) : RunTest(fixture)
{
    static readonly TimeSpan s_day = TimeSpan.FromDays(1);
    static readonly TimeSpan s_backAnHour = TimeSpan.FromHours(-1);

    public static TheoryData<TimeSpan> Jumps { get; } = [s_day, s_backAnHour, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(-5)];

    [Theory]
    [MemberData(nameof(Jumps))]
    public async Task No_run_is_lost_and_the_dead_ones_are_found_after_one_lease(TimeSpan jump)
    {
        await RegisterAsync();
        var living = await RunningAsync("living");
        var dead = await RunningAsync("dead");
        using var watch = NewWatch();
        var reaper = ReaperOf(watch);
        await reaper.RunOnceAsync(Cancel);

        Time.Advance(Fixture.Options.ReapInterval);
        Time.Jump(jump);

        Assert.True((await reaper.RunOnceAsync(Cancel)).IsEmpty);
        Time.Advance(Fixture.Options.Lease - TimeSpan.FromSeconds(1));
        await Runs.RenewAsync(Org, "lnch_1", [new RunFence(living.RunId, living.Fence)], Cancel);
        Assert.True((await reaper.RunOnceAsync(Cancel)).IsEmpty);
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, (await reaper.RunOnceAsync(Cancel)).Lost);
        Assert.Equal("lost", (await FoundAsync(dead.RunId)).Reason);
        Assert.Equal(RunStatus.Running, (await FoundAsync(living.RunId)).Status);
    }

    [Theory]
    [MemberData(nameof(Jumps))]
    public async Task A_time_out_comes_when_its_time_has_gone_by(TimeSpan jump)
    {
        await RegisterAsync();
        await EnqueueAsync(Start("one") with { TimeoutSeconds = 600 });
        var run = await TakeAsync();
        using var watch = NewWatch();
        Assert.True(await watch.TrySettleAsync(Cancel));

        Time.Advance(TimeSpan.FromSeconds(2));
        Time.Jump(jump);
        Assert.True(await watch.TrySettleAsync(Cancel));

        Assert.Equal(new DueCounts(0, 0, 0, TimeSpan.FromSeconds(598)), await Runs.TakeDueAsync(10, Cancel));
        Time.Advance(TimeSpan.FromSeconds(598));
        Assert.True(await watch.TrySettleAsync(Cancel));
        Assert.Equal(1, (await Runs.TakeDueAsync(10, Cancel)).TimedOut);
        Assert.Equal(RunStatus.Stopping, (await FoundAsync(run.RunId)).Status);
    }

    [Fact]
    public async Task What_began_by_the_new_clock_keeps_its_time_out()
    {
        await RegisterAsync();
        using var watch = NewWatch();
        Assert.True(await watch.TrySettleAsync(Cancel));
        Time.Jump(s_day);
        await EnqueueAsync(Start("one") with { TimeoutSeconds = 600 });
        await TakeAsync();

        Assert.True(await watch.TrySettleAsync(Cancel));

        Assert.Equal(TimeSpan.FromSeconds(600), (await Runs.TakeDueAsync(10, Cancel)).Next);
    }

    [Fact]
    public async Task What_waits_for_its_day_begins_when_the_clock_says_so()
    {
        await RegisterAsync();
        await EnqueueAsync(Start("tonight") with { NotBefore = Time.GetUtcNow() + TimeSpan.FromHours(20) });
        using var watch = NewWatch();
        Assert.True(await watch.TrySettleAsync(Cancel));

        Time.Jump(s_day);
        Assert.True(await watch.TrySettleAsync(Cancel));

        Assert.Equal(1, (await Runs.TakeDueAsync(10, Cancel)).Released);
    }

    [Fact]
    public async Task A_clock_that_goes_on_changes_nothing_however_seldom_one_looks()
    {
        await RegisterAsync();
        await EnqueueAsync(Start("one") with { TimeoutSeconds = 7_200 });
        await TakeAsync();
        using var watch = NewWatch();
        Assert.True(await watch.TrySettleAsync(Cancel));

        Time.Advance(TimeSpan.FromHours(1));
        Assert.True(await watch.TrySettleAsync(Cancel));

        Assert.Equal(TimeSpan.FromHours(1), (await Runs.TakeDueAsync(10, Cancel)).Next);
        Assert.Equal(1, (await Runs.ReapAsync(100, Cancel)).Lost);
    }

    [Fact]
    public async Task A_clock_that_was_put_back_while_the_server_was_away_keeps_no_dead_run()
    {
        await RegisterAsync();
        await RunningAsync("one");
        Time.Jump(s_backAnHour);
        await Fixture.RestartAsync();
        await Runs.RecoverAsync(RecoveryMode.Stale, Cancel);

        Time.Advance(Fixture.Options.Lease - TimeSpan.FromSeconds(1));
        Assert.True((await Runs.ReapAsync(100, Cancel)).IsEmpty);
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, (await Runs.ReapAsync(100, Cancel)).Lost);
    }

    protected ClockWatch NewWatch() => new(Runs, Time, NullLogger<ClockWatch>.Instance);

    RunReaper ReaperOf(ClockWatch watch) => new(Runs, watch, Fixture.Options, Time, NullLogger<RunReaper>.Instance);
}

public sealed class SqliteClockTests() : ClockTests(new SqliteFixture());

public sealed class PostgresClockTests() : ClockTests(new PostgresFixture())
{
    [Fact]
    public async Task Nodes_that_see_one_jump_follow_it_once()
    {
        await RegisterAsync();
        await EnqueueAsync(Start("one") with { TimeoutSeconds = 600 });
        await TakeAsync();
        using var here = NewWatch();
        using var there = NewWatch();
        Assert.True(await here.TrySettleAsync(Cancel));
        Assert.True(await there.TrySettleAsync(Cancel));

        Time.Jump(TimeSpan.FromHours(1));
        Assert.True(await here.TrySettleAsync(Cancel));
        Time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(await there.TrySettleAsync(Cancel));

        Assert.Equal(TimeSpan.FromSeconds(598), (await Runs.TakeDueAsync(10, Cancel)).Next);
    }
}
