using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.StoreTests.Runs;

public abstract class LeaseTests(StoreFixture fixture) : RunTest(fixture)
{
    [Fact]
    public async Task A_renewal_moves_the_end_of_all_leases_or_of_the_named_ones()
    {
        await RegisterAsync();
        var one = await RunningAsync("one");
        var two = await RunningAsync("two");
        Time.Advance(TimeSpan.FromSeconds(20));

        await Runs.RenewAsync(Org, "lnch_1", [new RunFence(one.RunId, one.Fence)], Cancel);
        Assert.Equal(Time.GetUtcNow() + TimeSpan.FromSeconds(30), (await FoundAsync(one.RunId)).LeaseUntil);
        Assert.Equal(two.LeaseUntil, (await FoundAsync(two.RunId)).LeaseUntil);

        var all = await Runs.RenewAsync(Org, "lnch_1", null, Cancel);
        Assert.Equal(Time.GetUtcNow() + TimeSpan.FromSeconds(30), (await FoundAsync(two.RunId)).LeaseUntil);
        Assert.Empty(all.LostRuns);
        Assert.Empty(all.StopRuns);
    }

    [Fact]
    public async Task A_renewal_says_which_runs_are_no_longer_the_runners_own()
    {
        await RegisterAsync();
        var kept = await RunningAsync("kept");
        var ended = await RunningAsync("ended");
        await EndAsync(ended, Completed);
        await QueueAsync("given");
        var given = (await ClaimAsync())!;
        await Runs.ReleaseAsync(LeaseOf(given), Cancel);
        var again = (await ClaimAsync())!;

        var renewed = await Runs.RenewAsync(
            Org,
            "lnch_1",
            [new(kept.RunId, kept.Fence), new(ended.RunId, ended.Fence), new(given.RunId, given.Fence), new("run_000000000000", 1)],
            Cancel);

        Assert.Equal(again.RunId, given.RunId);
        Assert.Equal(new[] { ended.RunId, given.RunId, "run_000000000000" }.Order(), renewed.LostRuns.Order());
        Assert.Equal([kept.RunId], (await Runs.RenewAsync(Org, "lnch_2", [new(kept.RunId, kept.Fence)], Cancel)).LostRuns);
    }

    [Fact]
    public async Task A_renewal_that_names_no_runs_leaves_an_unacknowledged_claim_to_expire()
    {
        await RegisterAsync(RunnerOf("lnch_1") with { AcknowledgesClaims = true });
        await QueueAsync("one");
        var claimed = (await ClaimAsync())!;

        await Runs.RenewAsync(Org, "lnch_1", null, Cancel);
        Assert.Equal(claimed.LeaseUntil, (await FoundAsync(claimed.RunId)).LeaseUntil);

        await Runs.RenewAsync(Org, "lnch_1", [new(claimed.RunId, claimed.Fence)], Cancel);
        Assert.Equal(Time.GetUtcNow() + TimeSpan.FromSeconds(30), (await FoundAsync(claimed.RunId)).LeaseUntil);
    }

    [Fact]
    public async Task What_a_runner_asked_before_a_claim_of_it_ran_out_brings_nothing()
    {
        var asked = await RegisterAsync(RunnerOf("lnch_1") with { AcknowledgesClaims = true });
        var run = await QueueAsync("one");
        await ClaimAsync();
        Time.Advance(TimeSpan.FromSeconds(11));

        Assert.Equal(1, (await Runs.ReapAsync(100, Cancel)).Requeued);

        Assert.Equal("lnch_1", (await Sink.WaitForAsync<RunnerSignalled>()).RunnerId);
        var again = (await Runners.FindAsync(Org, "lnch_1", Cancel))!;
        Assert.Equal((0, 1), (asked.LapsedClaims, again.LapsedClaims));
        Assert.Null(await Runs.ClaimAsync(ClaimBy("lnch_1") with { LapsedClaims = asked.LapsedClaims }, Cancel));
        Assert.Equal(run.RunId, (await Runs.ClaimAsync(ClaimBy("lnch_1") with { LapsedClaims = again.LapsedClaims }, Cancel))!.Run.RunId);
        Assert.Equal(1, (await RegisterAsync(RunnerOf("lnch_1") with { AcknowledgesClaims = true })).LapsedClaims);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Renewals_do_not_keep_a_claim_that_an_older_runner_never_starts(bool named)
    {
        await RegisterAsync();
        await QueueAsync("one");
        var claimed = (await ClaimAsync())!;
        RunFence[]? runs = named ? [new(claimed.RunId, claimed.Fence)] : null;

        for (var i = 0; i < 2; i++)
        {
            Time.Advance(TimeSpan.FromSeconds(12));
            Assert.Empty((await Runs.RenewAsync(Org, "lnch_1", runs, Cancel)).LostRuns);
            Assert.True((await Runs.ReapAsync(100, Cancel)).IsEmpty);
        }

        Time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(1, (await Runs.ReapAsync(100, Cancel)).Requeued);
        Assert.Equal(RunStatus.Pending, (await FoundAsync(claimed.RunId)).Status);
    }

    [Fact]
    public async Task The_reaper_leaves_leases_that_live()
    {
        await RegisterAsync();
        await RunningAsync("one");
        Time.Advance(TimeSpan.FromSeconds(29));

        Assert.True((await Runs.ReapAsync(100, Cancel)).IsEmpty);
        Assert.Equal(SessionStatus.Running, await StatusAsync("one"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(500)]
    public async Task A_run_of_a_dead_runner_ends_35_seconds_after_its_last_sign_however_long_it_ran(int hours)
    {
        await RegisterAsync(RunnerOf("lnch_1") with { KeepsLeases = true, AcknowledgesClaims = true });
        var run = await RunningAsync("one");
        for (var hour = 0; hour < hours; hour++)
        {
            Time.Advance(TimeSpan.FromHours(1));
            await Runs.RenewAsync(Org, "lnch_1", [new RunFence(run.RunId, run.Fence)], Cancel);
        }

        var looks = 0;
        for (var silent = Fixture.Options.ReapInterval; silent < Fixture.Options.Lease; silent += Fixture.Options.ReapInterval, looks++)
        {
            Time.Advance(Fixture.Options.ReapInterval);
            Assert.True((await Runs.ReapAsync(100, Cancel)).IsEmpty);
        }

        Time.Advance(TimeSpan.FromSeconds(35) - (looks * Fixture.Options.ReapInterval));
        Assert.Equal(1, (await Runs.ReapAsync(100, Cancel)).Lost);
        Assert.True(Fixture.Options.Lease + Fixture.Options.ReapInterval <= TimeSpan.FromSeconds(35));
    }

    [Fact]
    public async Task The_reaper_ends_what_its_runner_left()
    {
        await RegisterAsync();
        var running = await RunningAsync("running");
        var stopping = await RunningAsync("stopping");
        await Runs.StopAsync(Org, stopping.RunId, "person:owner", Cancel);
        var claimed = await QueueAsync("claimed");
        await ClaimAsync();
        Time.Advance(TimeSpan.FromSeconds(31));

        Assert.Equal(new ReapCounts(Requeued: 1, Lost: 1, Stopped: 1, Expired: 0), await Runs.ReapAsync(100, Cancel));

        var lost = await FoundAsync(running.RunId);
        Assert.Equal((RunStatus.Failed, "lost", RunErrors.LeaseEnded), (lost.Status, lost.Reason, lost.Error));
        Assert.Equal(RunStatus.Stopped, (await FoundAsync(stopping.RunId)).Status);
        Assert.Equal((RunStatus.Pending, null), ((await FoundAsync(claimed.RunId)).Status, (await FoundAsync(claimed.RunId)).RunnerId));
        Assert.Equal(EventTypes.RunFailed, (await LogTypesAsync("running"))[^1]);
        Assert.Equal(EventTypes.RunStopped, (await LogTypesAsync("stopping"))[^1]);
        Assert.Equal(EventTypes.RunRequeued, (await LogTypesAsync("claimed"))[^1]);
        Assert.True((await Runs.ReapAsync(100, Cancel)).IsEmpty);
    }

    [Fact]
    public async Task Reports_after_the_reaper_are_stale_with_and_without_a_fence()
    {
        await RegisterAsync();
        var run = await RunningAsync("one");
        Time.Advance(TimeSpan.FromSeconds(31));
        await Runs.ReapAsync(100, Cancel);

        await StaleAsync(() => EndAsync(run, Completed));
        await StaleAsync(() => Runs.EndAsync(LeaseOf(run) with { Fence = null }, Completed, Cancel));
        await StaleAsync(() => Runs.AppendOutputAsync(LeaseOf(run), 1, [Message("late")], Cancel));

        Assert.Equal(RunStatus.Failed, (await FoundAsync(run.RunId)).Status);
        Assert.Equal([run.RunId], (await Runs.RenewAsync(Org, "lnch_1", [new(run.RunId, run.Fence)], Cancel)).LostRuns);
    }

    [Fact]
    public async Task A_lease_that_ended_unnoticed_goes_on_when_its_runner_returns_before_the_reaper()
    {
        await RegisterAsync();
        var run = await RunningAsync("one");
        Time.Advance(TimeSpan.FromMinutes(2));

        Assert.Empty((await Runs.RenewAsync(Org, "lnch_1", [new(run.RunId, run.Fence)], Cancel)).LostRuns);

        Assert.True((await Runs.ReapAsync(100, Cancel)).IsEmpty);
        Assert.Equal(RunStatus.Completed, (await EndAsync(run, Completed)).Status);
    }

    [Fact]
    public async Task The_reaper_takes_no_more_than_its_limit()
    {
        await RegisterAsync();
        for (var i = 0; i < 5; i++)
        {
            await RunningAsync($"s{i}");
        }

        Time.Advance(TimeSpan.FromSeconds(31));

        Assert.Equal(2, (await Runs.ReapAsync(2, Cancel)).Lost);
        Assert.Equal(3, (await Runs.ReapAsync(10, Cancel)).Lost);
    }

    [Fact]
    public async Task A_run_that_no_runner_fits_expires()
    {
        await RegisterAsync();
        var run = await EnqueueAsync(Start("one") with { Demands = new Demands { Tags = ["gpu"] } });
        var plain = await QueueAsync("two");
        Time.Advance(Fixture.Options.NoMatchTimeout);

        Assert.Equal(1, (await Runs.ReapAsync(100, Cancel)).Expired);

        var expired = await FoundAsync(run.RunId);
        Assert.Equal((RunStatus.Failed, "expired", "No matching runner available within timeout"), (expired.Status, expired.Reason, expired.Error));
        Assert.Equal(SessionStatus.Failed, await StatusAsync("one"));
        Assert.Equal(RunStatus.Pending, (await FoundAsync(plain.RunId)).Status);
    }

    [Fact]
    public async Task A_run_waits_for_a_runner_only_from_when_it_is_first_in_its_session()
    {
        await RegisterAsync();
        var live = await RunningAsync("one");
        var next = await EnqueueAsync(Resume("one") with { Demands = new Demands { Tags = ["gpu"] } });
        Time.Advance(Fixture.Options.NoMatchTimeout);
        await Runs.RenewAsync(Org, "lnch_1", null, Cancel);
        Assert.True((await Runs.ReapAsync(100, Cancel)).IsEmpty);

        await EndAsync(live, Completed);

        Assert.True((await Runs.ReapAsync(100, Cancel)).IsEmpty);
        Assert.Equal(Time.GetUtcNow() + Fixture.Options.NoMatchTimeout, (await FoundAsync(next.RunId)).TimeoutAt);
        Time.Advance(Fixture.Options.NoMatchTimeout);
        Assert.Equal(1, (await Runs.ReapAsync(100, Cancel)).Expired);
    }

    [Fact]
    public async Task A_run_token_lives_and_dies_with_its_lease()
    {
        await RegisterAsync();
        await QueueAsync("one");
        var claim = ClaimBy("lnch_1");
        var run = (await Runs.ClaimAsync(claim, Cancel))!.Run;
        Assert.Equal(run.RunId, (await Runs.FindByTokenAsync(claim.RunTokenHash, Cancel))!.RunId);
        await Runs.StartAsync(LeaseOf(run), null, null, Cancel);

        Time.Advance(TimeSpan.FromSeconds(31));
        Assert.Null(await Runs.FindByTokenAsync(claim.RunTokenHash, Cancel));
        await Runs.RenewAsync(Org, "lnch_1", null, Cancel);
        Assert.NotNull(await Runs.FindByTokenAsync(claim.RunTokenHash, Cancel));

        await EndAsync(run, Completed);
        Assert.Null(await Runs.FindByTokenAsync(claim.RunTokenHash, Cancel));
        Assert.Null(await Runs.FindByTokenAsync("unknown", Cancel));
    }
}

public sealed class SqliteLeaseTests() : LeaseTests(new SqliteFixture());

public sealed class PostgresLeaseTests() : LeaseTests(new PostgresFixture());
