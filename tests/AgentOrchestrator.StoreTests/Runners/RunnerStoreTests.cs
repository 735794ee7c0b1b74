using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runners;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.StoreTests.Runs;

namespace AgentOrchestrator.StoreTests.Runners;

public abstract class RunnerStoreTests(StoreFixture fixture) : RunTest(fixture)
{
    static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task A_registration_is_found_as_it_was_written()
    {
        var runner = RunnerOf("lnch_1") with
        {
            Hostname = "host",
            ProjectDir = "/p",
            ExecutorType = "claude-code",
            Executors = ["claude-code", "chat"],
            Tags = ["gpu", "big"],
            RegisteredBy = "tok_1",
            KeepsLeases = true,
            AcknowledgesClaims = true,
            Lease = TimeSpan.FromSeconds(150),
            MaxConcurrent = 4,
        };

        var registered = await RegisterAsync(runner);

        Assert.Equivalent(runner, registered, strict: true);
        Assert.Equivalent(registered, await Runners.FindAsync(Org, "lnch_1", Cancel), strict: true);
        Assert.Equivalent(registered, Assert.Single(await Runners.ListAsync(Org, Cancel)), strict: true);
        Assert.Null(await Runners.FindAsync("other", "lnch_1", Cancel));
        Assert.Equal("lnch_1", (await Sink.WaitForAsync<RunnerChanged>()).RunnerId);
    }

    [Fact]
    public async Task An_identity_that_is_alive_is_not_given_to_another_instance()
    {
        var holder = await RegisterAsync();
        Time.Advance(TimeSpan.FromSeconds(14));

        var outcome = await Runners.RegisterAsync(RunnerOf("lnch_1") with { InstanceId = "other" }, s_fresh, Cancel);

        Assert.Null(outcome.Registered);
        Assert.Equal(holder.InstanceId, outcome.Holder!.InstanceId);
        Assert.Equal(holder.InstanceId, (await Runners.FindAsync(Org, "lnch_1", Cancel))!.InstanceId);
    }

    [Fact]
    public async Task The_same_instance_comes_back_and_keeps_its_leases()
    {
        await RegisterAsync();
        var run = await RunningAsync("one");

        var outcome = await Runners.RegisterAsync(RunnerOf("lnch_1") with { Tags = ["new"] }, s_fresh, Cancel);

        Assert.Equal(["new"], outcome.Registered!.Tags);
        Assert.Equal(1, outcome.Registered.LiveRuns);
        Assert.Equal(RunStatus.Completed, (await EndAsync(run, Completed)).Status);
    }

    [Fact]
    public async Task Another_instance_takes_over_a_silent_identity_and_ends_its_leases()
    {
        await RegisterAsync();
        var running = await RunningAsync("running");
        var claimed = await QueueAsync("claimed");
        var lease = LeaseOf((await ClaimAsync())!);
        Time.Advance(s_fresh);

        var outcome = await Runners.RegisterAsync(RunnerOf("lnch_1") with { InstanceId = "other" }, s_fresh, Cancel);

        Assert.Equal("other", outcome.Registered!.InstanceId);
        Assert.True((await FoundAsync(running.RunId)).Fence > running.Fence);
        await StaleAsync(() => EndAsync(running, Completed));
        await StaleAsync(() => Runs.StartAsync(lease, null, null, Cancel));
        Assert.Equal([running.RunId], (await Runs.RenewAsync(Org, "lnch_1", [new(running.RunId, running.Fence)], Cancel)).LostRuns);
        await Runs.ReapAsync(100, Cancel);
        Assert.Equal(RunStatus.Failed, (await FoundAsync(running.RunId)).Status);
        Assert.Equal(RunStatus.Pending, (await FoundAsync(claimed.RunId)).Status);
    }

    [Fact]
    public async Task An_identity_whose_leases_live_is_not_given_away_however_silent_its_holder_is()
    {
        await RegisterAsync(RunnerOf("lnch_1") with { KeepsLeases = true });
        var run = await RunningAsync("one");
        var other = RunnerOf("lnch_1") with { KeepsLeases = true, InstanceId = "other" };
        Time.Advance(TimeSpan.FromSeconds(29));
        Assert.NotNull((await Runners.RegisterAsync(other, s_fresh, Cancel)).Holder);

        await EndAsync(run, Completed);

        Assert.Equal("other", (await Runners.RegisterAsync(other, s_fresh, Cancel)).Registered!.InstanceId);
        Assert.Equal("lnch_1", (await Sink.WaitForAsync<RunnerSignalled>()).RunnerId);
    }

    [Fact]
    public async Task Ten_thousand_dead_registrations_are_the_most_and_are_forgotten_in_steps_while_the_list_stays_whole()
    {
        var most = new CoordinatorOptions().MaxRunners;
        await Parallel.ForAsync(0, most, new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Cancel }, async (n, _) =>
            await RegisterAsync($"lnch_{n}"));
        Assert.Equal("runner_limit", (await RefusedAsync(ErrorCode.LimitExceeded, () => RegisterAsync("one_more"))).Reason);
        Assert.NotNull(await RegisterAsync("lnch_7"));
        await RunningAsync("busy", "lnch_8");
        Assert.Equal(most, (await Runners.ListAsync(Org, Cancel)).Count);
        Time.Advance(TimeSpan.FromSeconds(601));
        await Runners.TouchAsync(Org, "lnch_9", Cancel);

        var steps = new List<int>();
        do
        {
            steps.Add(await Runners.RemoveSilentAsync(TimeSpan.FromSeconds(600), 3_000, Cancel));
        }
        while (steps[^1] > 0);

        Assert.Equal([3_000, 3_000, 3_000, 998, 0], steps);
        Assert.Equal(["lnch_8", "lnch_9"], (await Runners.ListAsync(Org, Cancel)).Select(runner => runner.RunnerId).Order());
        Assert.NotNull(await RegisterAsync("one_more"));
    }

    [Fact]
    public async Task The_same_instance_with_another_token_waits_for_silence_and_then_takes_over()
    {
        await RegisterAsync(RunnerOf("lnch_1") with { RegisteredBy = "tok_1" });
        var running = await RunningAsync("one");
        var other = RunnerOf("lnch_1") with { RegisteredBy = "tok_2" };
        Assert.Null((await Runners.RegisterAsync(other, s_fresh, Cancel)).Registered);
        Time.Advance(s_fresh);

        Assert.Equal("tok_2", (await Runners.RegisterAsync(other, s_fresh, Cancel)).Registered!.RegisteredBy);

        await StaleAsync(() => EndAsync(running, Completed));
    }

    [Fact]
    public async Task A_take_over_does_not_inherit_leases_by_renewing_all()
    {
        await RegisterAsync();
        var running = await RunningAsync("one");
        Time.Advance(s_fresh);
        await Runners.RegisterAsync(RunnerOf("lnch_1") with { InstanceId = "other" }, s_fresh, Cancel);

        await Runs.RenewAsync(Org, "lnch_1", null, Cancel);
        await Runs.ReapAsync(100, Cancel);

        Assert.Equal(RunStatus.Failed, (await FoundAsync(running.RunId)).Status);
    }

    [Fact]
    public async Task Two_nameless_instances_are_never_the_same()
    {
        await RegisterAsync(RunnerOf("lnch_1") with { InstanceId = null });

        var outcome = await Runners.RegisterAsync(RunnerOf("lnch_1") with { InstanceId = null }, s_fresh, Cancel);

        Assert.NotNull(outcome.Holder);
    }

    [Fact]
    public async Task Registrations_of_one_identity_at_one_moment_have_one_winner()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            Runners.RegisterAsync(RunnerOf("lnch_1") with { InstanceId = $"i{i}" }, s_fresh, Cancel)));

        Assert.Single(outcomes, outcome => outcome.Registered is not null);
    }

    [Fact]
    public async Task A_touch_is_a_sign_of_life()
    {
        await RegisterAsync();
        Time.Advance(TimeSpan.FromSeconds(14));

        Assert.True(await Runners.TouchAsync(Org, "lnch_1", Cancel));
        Assert.False(await Runners.TouchAsync(Org, "lnch_2", Cancel));

        Assert.Equal(Time.GetUtcNow(), (await Runners.FindAsync(Org, "lnch_1", Cancel))!.LastHeartbeatAt);
        Time.Advance(TimeSpan.FromSeconds(14));
        Assert.NotNull((await Runners.RegisterAsync(RunnerOf("lnch_1") with { InstanceId = "other" }, s_fresh, Cancel)).Holder);
    }

    [Fact]
    public async Task A_runner_that_is_asked_to_leave_is_signalled_and_a_registration_forgets_it()
    {
        await RegisterAsync();

        Assert.True(await Runners.AskToLeaveAsync(Org, "lnch_1", Cancel));
        Assert.False(await Runners.AskToLeaveAsync(Org, "lnch_2", Cancel));

        Assert.True((await Runners.FindAsync(Org, "lnch_1", Cancel))!.IsLeaving);
        Assert.Equal("lnch_1", (await Sink.WaitForAsync<RunnerSignalled>()).RunnerId);
        Assert.False((await RegisterAsync()).IsLeaving);
    }

    [Fact]
    public async Task A_removed_runner_gives_back_its_unstarted_claims_only()
    {
        await RegisterAsync();
        var running = await RunningAsync("running");
        var claimed = await QueueAsync("claimed");
        await ClaimAsync();

        Assert.True(await Runners.RemoveAsync(Org, "lnch_1", Cancel));
        Assert.False(await Runners.RemoveAsync(Org, "lnch_1", Cancel));

        Assert.Null(await Runners.FindAsync(Org, "lnch_1", Cancel));
        Assert.Equal(RunStatus.Pending, (await FoundAsync(claimed.RunId)).Status);
        Assert.Equal(running.LeaseUntil, (await FoundAsync(running.RunId)).LeaseUntil);
        Assert.Equal(RunStatus.Completed, (await EndAsync(running, Completed)).Status);
    }

    [Fact]
    public async Task Silent_runners_without_live_runs_are_removed()
    {
        await RegisterAsync("lnch_idle");
        await RegisterAsync("lnch_busy");
        await RunningAsync("one", "lnch_busy");
        Time.Advance(TimeSpan.FromSeconds(601));
        await RegisterAsync("lnch_fresh");

        Assert.Equal(1, await Runners.RemoveSilentAsync(TimeSpan.FromSeconds(600), 100, Cancel));

        Assert.Equal(["lnch_busy", "lnch_fresh"], (await Runners.ListAsync(Org, Cancel)).Select(runner => runner.RunnerId).Order());
    }

    [Fact]
    public async Task Live_runs_are_counted()
    {
        await RegisterAsync();
        await RunningAsync("one");
        await QueueAsync("two");
        await ClaimAsync();
        await EndAsync(await RunningAsync("three"), Completed);

        Assert.Equal(2, (await Runners.FindAsync(Org, "lnch_1", Cancel))!.LiveRuns);
    }
}

public sealed class SqliteRunnerStoreTests() : RunnerStoreTests(new SqliteFixture());

public sealed class PostgresRunnerStoreTests() : RunnerStoreTests(new PostgresFixture());
