using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.StoreTests.Runs;

public abstract class RunStopTests(StoreFixture fixture) : RunTest(fixture)
{
    const string Owner = "person:owner";

    [Fact]
    public async Task A_pending_run_is_stopped_at_once_and_never_claimed()
    {
        await RegisterAsync();
        var run = await QueueAsync("one");

        var outcome = await Runs.StopAsync(Org, run.RunId, Owner, Cancel);

        Assert.Equal((RunStatus.Pending, RunStatus.Stopped), (outcome!.Before, outcome.Run.Status));
        Assert.Null(await ClaimAsync());
        Assert.Equal(SessionStatus.Stopped, await StatusAsync("one"));
        var entry = (await LogAsync("one"))[^1];
        Assert.Equal((EventTypes.RunStopped, Owner), (entry.Type, entry.Actor));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_live_run_becomes_stopping_and_its_runner_is_signalled(bool isStarted)
    {
        await RegisterAsync();
        await QueueAsync("one");
        var run = isStarted ? await TakeAsync() : (await ClaimAsync())!;

        var outcome = await Runs.StopAsync(Org, run.RunId, Owner, Cancel);

        Assert.Equal((run.Status, RunStatus.Stopping), (outcome!.Before, outcome.Run.Status));
        Assert.Equal("lnch_1", (await Sink.WaitForAsync<RunnerSignalled>()).RunnerId);
        Assert.Equal(SessionStatus.Stopping, await StatusAsync("one"));
        Assert.Equal(EventTypes.RunStopping, (await LogTypesAsync("one"))[^1]);
    }

    [Fact]
    public async Task A_stop_of_what_is_stopping_or_ended_leaves_it_alone()
    {
        await RegisterAsync();
        var run = await RunningAsync("one");
        await Runs.StopAsync(Org, run.RunId, Owner, Cancel);

        Assert.Equal(RunStatus.Stopping, (await Runs.StopAsync(Org, run.RunId, Owner, Cancel))!.Before);
        await EndAsync(run, Stopped);
        var last = await Runs.StopAsync(Org, run.RunId, Owner, Cancel);

        Assert.Equal((RunStatus.Stopped, RunStatus.Stopped), (last!.Before, last.Run.Status));
        Assert.Null(await Runs.StopAsync(Org, "run_000000000000", Owner, Cancel));
        Assert.Equal(
            [EventTypes.RunQueued, EventTypes.RunStart, EventTypes.RunStopping, EventTypes.RunStopped], await LogTypesAsync("one"));
    }

    [Fact]
    public async Task A_wish_to_stop_survives_a_restart_and_is_told_every_ten_seconds_until_it_is_done()
    {
        await RegisterAsync();
        var run = await RunningAsync("one");
        await Runs.StopAsync(Org, run.RunId, Owner, Cancel);
        await Fixture.RestartAsync();

        Assert.Equal([run.RunId], await Runs.TakeStopsAsync(Org, "lnch_1", Cancel));
        Assert.Empty(await Runs.TakeStopsAsync(Org, "lnch_1", Cancel));
        Assert.Empty(await Runs.TakeStopsAsync(Org, "lnch_2", Cancel));
        Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal([run.RunId], await Runs.TakeStopsAsync(Org, "lnch_1", Cancel));
        Assert.Equal([run.RunId], (await Runs.RenewAsync(Org, "lnch_1", null, Cancel)).StopRuns);
        Time.Advance(TimeSpan.FromSeconds(10));
        await EndAsync(run, Stopped);
        Assert.Empty(await Runs.TakeStopsAsync(Org, "lnch_1", Cancel));
    }

    [Fact]
    public async Task Stopping_a_session_stops_its_live_run_and_cancels_its_queue()
    {
        await RegisterAsync();
        var live = await RunningAsync("one");
        await EnqueueAsync(Resume("one"));
        await EnqueueAsync(Resume("one"));

        var outcome = await Runs.StopSessionAsync(Org, "ONE", Owner, wholeTree: false, Cancel);

        Assert.Equal((SessionStatus.Running, SessionStatus.Stopping), (outcome!.Before, outcome.Session.Status));
        Assert.Equal((live.RunId, RunStatus.Stopping, RunStatus.Running), (outcome.Run!.RunId, outcome.Run.Status, outcome.RunBefore));
        Assert.Equal(
            [RunStatus.Stopping, RunStatus.Stopped, RunStatus.Stopped],
            (await RunsOfAsync("one")).OrderBy(run => run.RunId != live.RunId).Select(run => run.Status));

        await EndAsync(live, Failed);
        Assert.Equal(SessionStatus.Stopped, await StatusAsync("one"));
        Assert.Null(await ClaimAsync());
    }

    [Fact]
    public async Task Stopping_a_session_that_only_queues_cancels_everything_and_shows_the_newest()
    {
        await QueueAsync("one");
        var newest = await EnqueueAsync(Resume("one"));

        var outcome = await Runs.StopSessionAsync(Org, "one", Owner, wholeTree: false, Cancel);

        Assert.Equal((newest.RunId, RunStatus.Stopped, RunStatus.Pending), (outcome!.Run!.RunId, outcome.Run.Status, outcome.RunBefore));
        Assert.Equal(SessionStatus.Stopped, outcome.Session.Status);
        Assert.Equal(2, (await LogTypesAsync("one")).Count(type => type == EventTypes.RunStopped));
    }

    [Fact]
    public async Task Stopping_a_session_that_ended_changes_nothing()
    {
        await RegisterAsync();
        await EndAsync(await RunningAsync("one"), Completed);

        var outcome = await Runs.StopSessionAsync(Org, "one", Owner, wholeTree: false, Cancel);

        Assert.Equal((SessionStatus.Finished, SessionStatus.Finished), (outcome!.Before, outcome.Session.Status));
        Assert.Null(outcome.Run);
    }

    [Fact]
    public async Task Stopping_a_session_without_runs_marks_it_as_stopped()
    {
        await Sessions.CreateAsync(new() { Org = Org, SessionId = "ses_1", Name = "one" }, key: null, Cancel);

        var outcome = await Runs.StopSessionAsync(Org, "one", Owner, wholeTree: false, Cancel);

        Assert.Equal((SessionStatus.Running, SessionStatus.Stopped), (outcome!.Before, outcome.Session.Status));
        Assert.Null(outcome.Run);
        Assert.Null(await Runs.StopSessionAsync(Org, "nobody", Owner, wholeTree: false, Cancel));
    }

    [Fact]
    public async Task A_stopped_session_goes_on_when_somebody_resumes_it()
    {
        await RegisterAsync();
        await QueueAsync("one");
        await Runs.StopSessionAsync(Org, "one", Owner, wholeTree: false, Cancel);

        await EnqueueAsync(Resume("one"));

        Assert.Equal(SessionStatus.Pending, await StatusAsync("one"));
        Assert.NotNull(await ClaimAsync());
    }

    [Fact]
    public async Task A_stop_and_a_claim_at_one_moment_leave_one_story()
    {
        await RegisterAsync();
        for (var i = 0; i < 20; i++)
        {
            var run = await QueueAsync($"s{i}");

            await Task.WhenAll(ClaimAsync(), Runs.StopAsync(Org, run.RunId, Owner, Cancel));

            var after = await FoundAsync(run.RunId);
            Assert.Equal(after.RunnerId is null ? RunStatus.Stopped : RunStatus.Stopping, after.Status);
        }
    }
}

public sealed class SqliteRunStopTests() : RunStopTests(new SqliteFixture());

public sealed class PostgresRunStopTests() : RunStopTests(new PostgresFixture());
