using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.StoreTests.Runs;

/// <summary>What a start makes of the runs that it finds live.</summary>
public abstract class RecoveryTests(StoreFixture fixture) : RunTest(fixture)
{
    [Theory]
    [InlineData(RecoveryMode.None, 10, "claimed", "running", "stopping")]
    [InlineData(RecoveryMode.Stale, 1, "claimed", "running", "stopped")]
    [InlineData(RecoveryMode.Stale, 10, "pending", "failed", "stopped")]
    [InlineData(RecoveryMode.All, 0, "pending", "failed", "stopped")]
    public async Task A_restart_recovers_as_its_mode_says(RecoveryMode mode, int minutes, string claimed, string running, string stopping)
    {
        await RegisterAsync();
        var one = await RunningAsync("one");
        var two = await RunningAsync("two");
        await Runs.StopAsync(Org, two.RunId, "person:owner", Cancel);
        var three = await QueueAsync("three");
        await ClaimAsync();
        await OutageAsync(minutes);

        await Runs.RecoverAsync(mode, Cancel);

        Assert.Equal(
            (claimed, running, stopping),
            (await WordAsync(three.RunId), await WordAsync(one.RunId), await WordAsync(two.RunId)));
    }

    [Theory]
    [InlineData(10, true)]
    [InlineData(10, false)]
    [InlineData(600, true)]
    public async Task A_runner_that_holds_leases_finds_its_runs_after_a_long_outage(int minutes, bool namesRuns)
    {
        await RegisterAsync(RunnerOf("lnch_1") with { KeepsLeases = true, AcknowledgesClaims = true });
        var running = await RunningAsync("running");
        var stopping = await RunningAsync("stopping");
        await Runs.StopAsync(Org, stopping.RunId, "person:owner", Cancel);
        await OutageAsync(minutes);

        Assert.True((await Runs.RecoverAsync(RecoveryMode.Stale, Cancel)).IsEmpty);
        Time.Advance(TimeSpan.FromSeconds(29));
        Assert.True((await Runs.ReapAsync(100, Cancel)).IsEmpty);

        RunFence[]? names = namesRuns ? [new(running.RunId, running.Fence), new(stopping.RunId, stopping.Fence)] : null;
        var renewed = await Runs.RenewAsync(Org, "lnch_1", names, Cancel);
        Assert.Empty(renewed.LostRuns);
        Assert.Equal([stopping.RunId], renewed.StopRuns);
        Time.Advance(TimeSpan.FromSeconds(29));
        Assert.True((await Runs.ReapAsync(100, Cancel)).IsEmpty);
        Assert.Equal(2, await Runs.AppendOutputAsync(LeaseOf(running), 1, [Message("kept")], Cancel));
        Assert.Equal(RunStatus.Completed, (await EndAsync(running, Completed)).Status);
        Assert.Equal(RunStatus.Stopped, (await EndAsync(stopping, Stopped)).Status);
    }

    [Fact]
    public async Task A_runner_that_holds_leases_and_stays_away_loses_its_runs_one_lease_after_the_start()
    {
        await RegisterAsync(RunnerOf("lnch_1") with { KeepsLeases = true, AcknowledgesClaims = true });
        await RunningAsync("running");
        await Runs.StopAsync(Org, (await RunningAsync("stopping")).RunId, "person:owner", Cancel);
        await QueueAsync("claimed");
        await ClaimAsync();
        await OutageAsync(minutes: 10);
        await Runs.RecoverAsync(RecoveryMode.Stale, Cancel);

        Time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(new ReapCounts(Requeued: 1, Lost: 1, Stopped: 1, Expired: 0), await Runs.ReapAsync(100, Cancel));
    }

    [Fact]
    public async Task An_older_runner_has_one_lease_to_come_back_after_a_short_outage()
    {
        await RegisterAsync(RunnerOf("lnch_1") with { Lease = TimeSpan.FromSeconds(150) });
        var run = await RunningAsync("one");
        await OutageAsync(minutes: 4);
        await Runs.RecoverAsync(RecoveryMode.Stale, Cancel);

        Time.Advance(TimeSpan.FromSeconds(149));

        Assert.True((await Runs.ReapAsync(100, Cancel)).IsEmpty);
        Assert.Equal(RunStatus.Completed, (await EndAsync(run, Completed)).Status);
    }

    [Fact]
    public async Task Recovery_of_all_tells_a_runner_that_still_works_to_end_it()
    {
        await RegisterAsync();
        var run = await RunningAsync("one");

        Assert.Equal(new ReapCounts(0, Lost: 1, 0, 0), await Runs.RecoverAsync(RecoveryMode.All, Cancel));

        var lost = await FoundAsync(run.RunId);
        Assert.Equal(("lost", RunErrors.RestartedUnknown), (lost.Reason, lost.Error));
        Assert.True(lost.Fence > run.Fence);
        Assert.Equal([run.RunId], (await Runs.RenewAsync(Org, "lnch_1", [new(run.RunId, run.Fence)], Cancel)).LostRuns);
        await StaleAsync(() => EndAsync(run, Completed));
    }

    Task OutageAsync(int minutes)
    {
        Time.Advance(TimeSpan.FromMinutes(minutes));
        return Fixture.RestartAsync();
    }

    async Task<string> WordAsync(string runId) => Protocol.WireEnum<RunStatus>.Text((await FoundAsync(runId)).Status);
}

public sealed class SqliteRecoveryTests() : RecoveryTests(new SqliteFixture());

public sealed class PostgresRecoveryTests() : RecoveryTests(new PostgresFixture());
