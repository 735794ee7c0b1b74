using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.StoreTests.Runs;

/// <summary>What time brings about: delays, queue time-outs, time-outs.</summary>
public abstract class DueTests(StoreFixture fixture) : RunTest(fixture)
{
    [Fact]
    public async Task A_delayed_run_is_claimed_from_its_instant_on_and_a_restart_forgets_nothing()
    {
        await RegisterAsync();
        var delayed = await EnqueueAsync(Start("later") with { Delay = TimeSpan.FromMinutes(10) });
        Assert.True(delayed.IsDelayed);
        Assert.Equal(Time.GetUtcNow() + TimeSpan.FromMinutes(10), delayed.NotBefore);
        Assert.Null(await ClaimAsync());
        Assert.Equal(SessionStatus.Pending, await StatusAsync("later"));
        await Fixture.RestartAsync();

        Time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1));
        Assert.Equal(new DueCounts(0, 0, 0, TimeSpan.FromSeconds(1)), await Runs.TakeDueAsync(10, Cancel));
        Assert.Null(await ClaimAsync());

        Time.Advance(TimeSpan.FromSeconds(1));
        Sink.Clear();
        Assert.Equal(new DueCounts(1, 0, 0, null), await Runs.TakeDueAsync(10, Cancel));
        await Sink.WaitForAsync<RunClaimable>(claimable => claimable.RunId == delayed.RunId);
        Assert.Equal(delayed.RunId, (await ClaimAsync())!.RunId);
        Assert.Equal(new DueCounts(0, 0, 0, null), await Runs.TakeDueAsync(10, Cancel));
    }

    [Fact]
    public async Task An_instant_that_has_passed_is_no_delay()
    {
        await RegisterAsync();
        var run = await EnqueueAsync(Start("now") with { NotBefore = Time.GetUtcNow() - TimeSpan.FromSeconds(1) });

        Assert.False(run.IsDelayed);
        Assert.Null(run.NotBefore);
        Assert.NotNull(await ClaimAsync());
    }

    [Fact]
    public async Task A_delayed_message_holds_up_no_other_of_its_session_and_no_callback()
    {
        await RegisterAsync();
        await QueueAsync("one");
        await EndAsync(await TakeAsync(), Completed);
        await EnqueueAsync(Resume("one") with { Delay = TimeSpan.FromHours(1) });
        var message = await EnqueueAsync(Resume("one"));
        Assert.Equal(message.RunId, (await ClaimAsync())!.RunId);
        await EndAsync((await FoundAsync(message.RunId)), Completed);

        var child = await EnqueueAsync(StartChild("child", "one"));
        var claimed = (await ClaimAsync())!;
        Assert.Equal(child.RunId, claimed.RunId);
        await EndAsync(claimed, Completed);

        var callback = (await ClaimAsync())!;
        Assert.Equal(("one", RunType.ResumeSession), (callback.SessionName, callback.Type));
        Assert.Contains("completed", callback.Prompt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_delayed_run_can_be_stopped()
    {
        var delayed = await EnqueueAsync(Start("later") with { Delay = TimeSpan.FromHours(1) });
        await Runs.StopAsync(Org, delayed.RunId, "person:owner", Cancel);

        Assert.Equal(RunStatus.Stopped, (await FoundAsync(delayed.RunId)).Status);
        Assert.Equal(new DueCounts(0, 0, 0, null), await Runs.TakeDueAsync(10, Cancel));
    }

    [Fact]
    public async Task Demands_find_a_runner_from_the_end_of_the_delay_on()
    {
        var delayed = await EnqueueAsync(
            Start("later") with { Delay = TimeSpan.FromHours(1), Demands = new Demands { Tags = ["gpu"] } });
        Time.Advance(TimeSpan.FromMinutes(30));
        Assert.True((await Runs.ReapAsync(100, Cancel)).IsEmpty);
        Time.Advance(TimeSpan.FromMinutes(30));
        await Runs.TakeDueAsync(10, Cancel);
        Assert.True((await Runs.ReapAsync(100, Cancel)).IsEmpty);
        Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(1, (await Runs.ReapAsync(100, Cancel)).Expired);
        Assert.Equal("expired", (await FoundAsync(delayed.RunId)).Reason);
    }

    [Fact]
    public async Task A_run_that_is_not_claimed_in_its_time_fails_as_expired()
    {
        var run = await EnqueueAsync(Start("one") with { Delay = TimeSpan.FromMinutes(1), QueueTimeout = TimeSpan.FromMinutes(2) });
        Assert.Equal(Time.GetUtcNow() + TimeSpan.FromMinutes(3), run.ExpiresAt);
        Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(new DueCounts(1, 0, 0, TimeSpan.FromMinutes(2)), await Runs.TakeDueAsync(10, Cancel));
        Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(new DueCounts(0, 0, 1, null), await Runs.TakeDueAsync(10, Cancel));

        var expired = await FoundAsync(run.RunId);
        Assert.Equal((RunStatus.Failed, "expired", RunErrors.Expired), (expired.Status, expired.Reason, expired.Error));
        Assert.Equal(SessionStatus.Failed, await StatusAsync("one"));
    }

    [Fact]
    public async Task A_claimed_run_does_not_expire_and_one_that_came_back_does()
    {
        await RegisterAsync();
        var run = await EnqueueAsync(Start("one") with { QueueTimeout = TimeSpan.FromMinutes(2) });
        var claimed = (await ClaimAsync())!;
        Time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(new DueCounts(0, 0, 0, null), await Runs.TakeDueAsync(10, Cancel));
        await Runs.ReleaseAsync(LeaseOf(claimed), Cancel);
        Assert.Equal(new DueCounts(0, 0, 1, null), await Runs.TakeDueAsync(10, Cancel));
        Assert.Equal("expired", (await FoundAsync(run.RunId)).Reason);
    }

    [Fact]
    public async Task A_run_past_its_time_is_stopped_and_fails_as_timeout_whatever_its_runner_reports()
    {
        await RegisterAsync();
        await EnqueueAsync(Start("slow") with { TimeoutSeconds = 60 });
        Time.Advance(TimeSpan.FromHours(1));
        var run = await TakeAsync();
        Assert.Equal(Time.GetUtcNow() + TimeSpan.FromSeconds(60), run.DeadlineAt);
        await Fixture.RestartAsync();
        Time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(new DueCounts(0, 0, 0, TimeSpan.FromSeconds(1)), await Runs.TakeDueAsync(10, Cancel));
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(new DueCounts(0, 1, 0, null), await Runs.TakeDueAsync(10, Cancel));
        Assert.Equal(RunStatus.Stopping, (await FoundAsync(run.RunId)).Status);
        Assert.Equal([run.RunId], await Runs.TakeStopsAsync(Org, "lnch_1", Cancel));
        var ended = await EndAsync(run, Stopped);

        Assert.Equal((RunStatus.Failed, "timeout", RunErrors.TimedOut(60)), (ended.Status, ended.Reason, ended.Error));
        Assert.Equal(ended.Status, (await EndAsync(run, Stopped)).Status);
        Assert.Equal(SessionStatus.Failed, await StatusAsync("slow"));
        var log = await LogAsync("slow");
        Assert.Equal("timeout", log.Single(entry => entry.Type == EventTypes.RunStopping).ReadFields().Reason);
        Assert.Equal("timeout", log.Single(entry => entry.Type == EventTypes.RunFailed).ReadFields().Reason);
    }

    [Fact]
    public async Task A_run_past_its_time_whose_runner_is_gone_fails_as_timeout_too()
    {
        await RegisterAsync();
        await EnqueueAsync(Start("slow") with { TimeoutSeconds = 10 });
        var run = await TakeAsync();
        Time.Advance(TimeSpan.FromSeconds(10));
        await Runs.TakeDueAsync(10, Cancel);
        Time.Advance(TimeSpan.FromSeconds(21));
        await Runs.ReapAsync(100, Cancel);

        var ended = await FoundAsync(run.RunId);
        Assert.Equal((RunStatus.Failed, "timeout"), (ended.Status, ended.Reason));
    }

    [Fact]
    public async Task A_run_that_completes_while_its_time_is_over_has_completed()
    {
        await RegisterAsync();
        await EnqueueAsync(Start("slow") with { TimeoutSeconds = 10 });
        var run = await TakeAsync();
        Time.Advance(TimeSpan.FromSeconds(10));
        await Runs.TakeDueAsync(10, Cancel);

        Assert.Equal(RunStatus.Completed, (await EndAsync(run, Completed)).Status);
    }

    [Fact]
    public async Task What_is_due_is_taken_in_bounded_parts()
    {
        for (var i = 0; i < 5; i++)
        {
            await EnqueueAsync(Start($"s{i}") with { Delay = TimeSpan.FromSeconds(1) });
        }

        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(new DueCounts(3, 0, 0, TimeSpan.Zero), await Runs.TakeDueAsync(3, Cancel));
        Assert.Equal(new DueCounts(2, 0, 0, null), await Runs.TakeDueAsync(3, Cancel));
    }
}

public sealed class SqliteDueTests() : DueTests(new SqliteFixture());

public sealed class PostgresDueTests() : DueTests(new PostgresFixture());
