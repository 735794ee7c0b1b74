using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.StoreTests.Runs;

/// <summary>What runners report: started, output, ended.</summary>
public abstract class RunReportTests(StoreFixture fixture) : RunTest(fixture)
{
    [Fact]
    public async Task A_start_notes_itself_the_lease_and_where_the_conversation_lives()
    {
        await RegisterAsync(RunnerOf("lnch_1") with { AcknowledgesClaims = true });
        await QueueAsync("one");
        var claimed = (await ClaimAsync())!;
        Time.Advance(TimeSpan.FromSeconds(5));

        var running = await Runs.StartAsync(LeaseOf(claimed), "conversation-1", "claude-code", Cancel);

        Assert.Equal((RunStatus.Running, Time.GetUtcNow()), (running.Status, running.StartedAt));
        Assert.Equal(Time.GetUtcNow() + TimeSpan.FromSeconds(30), running.LeaseUntil);
        var session = await SessionAsync("one");
        Assert.Equal((SessionStatus.Running, "conversation-1", "claude-code"), (session.Status, session.ExecutorSessionId, session.ExecutorType));
        var entry = (await LogAsync("one"))[^1];
        Assert.Equal((EventTypes.RunStart, running.RunId, "runner:lnch_1"), (entry.Type, entry.RunId, entry.Actor));
    }

    [Fact]
    public async Task A_repeated_start_is_harmless()
    {
        await RegisterAsync();
        var running = await RunningAsync("one");

        var again = await Runs.StartAsync(LeaseOf(running), null, null, Cancel);

        Assert.Equal(running.StartedAt, again.StartedAt);
        Assert.Equal([EventTypes.RunQueued, EventTypes.RunStart], await LogTypesAsync("one"));
    }

    [Fact]
    public async Task A_completed_run_keeps_its_result_usage_and_times()
    {
        await RegisterAsync();
        var running = await RunningAsync("one");
        Time.Advance(TimeSpan.FromSeconds(3));
        var usage = new RunUsage { InputTokens = 10, OutputTokens = 5, CostUsd = 0.25m, Turns = 2, Model = "m" };

        var ended = await EndAsync(running, Completed with { ResultText = "the answer", Usage = usage });

        Assert.Equal((RunStatus.Completed, "the answer", 0), (ended.Status, ended.ResultText, ended.ExitCode));
        Assert.Equal(usage, ended.Usage);
        Assert.Equal(Time.GetUtcNow(), ended.CompletedAt);
        Assert.Null(ended.LeaseUntil);
        Assert.Equal(SessionStatus.Finished, await StatusAsync("one"));
        var entry = (await LogAsync("one"))[^1];
        var fields = entry.ReadFields();
        Assert.Equal((EventTypes.RunCompleted, 0, "completed"), (entry.Type, fields.ExitCode, fields.Reason));
    }

    [Fact]
    public async Task A_failed_run_ends_its_session_as_failed_with_the_error()
    {
        await RegisterAsync();
        var ended = await EndAsync(await RunningAsync("one"), Failed);

        Assert.Equal((RunStatus.Failed, "it broke", "error", 2), (ended.Status, ended.Error, ended.Reason, ended.ExitCode));
        Assert.Equal(SessionStatus.Failed, await StatusAsync("one"));
        var entry = (await LogAsync("one"))[^1];
        var fields = entry.ReadFields();
        Assert.Equal((EventTypes.RunFailed, "it broke", "error"), (entry.Type, fields.Error, fields.Reason));
    }

    [Fact]
    public async Task An_end_leaves_the_session_pending_while_more_is_queued()
    {
        await RegisterAsync();
        var running = await RunningAsync("one");
        var next = await EnqueueAsync(Resume("one"));
        Sink.Clear();

        await EndAsync(running, Failed);

        Assert.Equal(SessionStatus.Pending, await StatusAsync("one"));
        Assert.Equal(next.RunId, (await Sink.WaitForAsync<RunClaimable>()).RunId);
    }

    [Fact]
    public async Task The_same_end_again_is_a_harmless_repeat_and_another_is_refused()
    {
        await RegisterAsync();
        var running = await RunningAsync("one");
        var ended = await EndAsync(running, Completed);
        Time.Advance(TimeSpan.FromMinutes(1));

        var again = await EndAsync(running, Completed);

        Assert.Equal(ended.CompletedAt, again.CompletedAt);
        await RefusedAsync(ErrorCode.Conflict, () => EndAsync(running, Failed));
        await RefusedAsync(ErrorCode.Conflict, () => EndAsync(running, Completed with { ResultText = "other" }));
        Assert.Equal(ended.ResultText, (await FoundAsync(running.RunId)).ResultText);
        Assert.Single(await LogTypesAsync("one"), EventTypes.RunCompleted);
        Assert.DoesNotContain(EventTypes.RunFailed, await LogTypesAsync("one"));
    }

    [Fact]
    public async Task Another_end_of_the_same_attempt_is_refused_and_kept_once()
    {
        await RegisterAsync();
        var running = await RunningAsync("one");
        var ended = await EndAsync(running, Completed);
        var before = await SessionAsync("one");
        Sink.Clear();

        for (var i = 0; i < 2; i++)
        {
            await RefusedAsync("not_allowed", () => EndAsync(running, Failed));
            await RefusedAsync("not_allowed", () => EndAsync(running, Completed with { ResultText = "other" }));
            await EndAsync(running, Completed);
        }

        Assert.Equal([EventTypes.RunQueued, EventTypes.RunStart, EventTypes.RunCompleted, EventTypes.LateReport, EventTypes.LateReport], await LogTypesAsync("one"));
        var late = (await LogAsync("one"))[^2..];
        Assert.All(late, entry => Assert.Equal((running.RunId, "runner:lnch_1"), (entry.RunId, entry.Actor)));
        var (failed, other) = (late[0].ReadFields(), late[1].ReadFields());
        Assert.Equal(("error", "it broke", 2), (failed.Reason, failed.Error, failed.ExitCode));
        Assert.Equal(("failed", "completed", 1), (failed.Data!.Value.GetProperty("reported").GetString(), failed.Data.Value.GetProperty("stands").GetString(), failed.Data.Value.GetProperty("attempt").GetInt32()));
        Assert.Equal("other", other.ResultText);
        Assert.Equal(ended, await FoundAsync(running.RunId));
        Assert.Equal(before with { LastSeq = before.LastSeq + 2 }, await SessionAsync("one"));
        await Sink.WaitForAsync<EventsAppended>(appended => appended.Entries[0].Type is EventTypes.LateReport);
    }

    [Fact]
    public async Task The_result_that_comes_after_the_lease_ended_is_refused_and_kept()
    {
        await RegisterAsync();
        await RegisterAsync("lnch_2");
        var running = await RunningAsync("one");
        Time.Advance(TimeSpan.FromSeconds(31));
        await Runs.ReapAsync(100, Cancel);

        await StaleAsync(() => EndAsync(running, Completed));
        await StaleAsync(() => EndAsync(running, Completed));
        await StaleAsync(() => Runs.EndAsync(LeaseOf(running) with { Fence = null }, Completed, Cancel));
        await StaleAsync(() => EndAsync(running, new RunEnd(RunStatus.Failed, "lost", "as the server says")));
        await StaleAsync(() => Runs.EndAsync(LeaseOf(running) with { RunnerId = "lnch_2" }, Completed, Cancel));
        await StaleAsync(() => Runs.EndAsync(LeaseOf(running) with { Fence = running.Fence - 1 }, Completed, Cancel));
        await StaleAsync(() => Runs.EndAsync(LeaseOf(running) with { Fence = running.Fence + 1 }, Completed, Cancel));

        Assert.Equal([EventTypes.RunQueued, EventTypes.RunStart, EventTypes.RunFailed, EventTypes.LateReport], await LogTypesAsync("one"));
        Assert.Equal("done", (await LogAsync("one"))[^1].ReadFields().ResultText);
        Assert.Equal((RunStatus.Failed, "lost"), ((await FoundAsync(running.RunId)).Status, (await FoundAsync(running.RunId)).Reason));
        Assert.Null(await Sessions.FindResultAsync(Org, running.SessionId, Cancel));
    }

    [Fact]
    public async Task A_runner_that_never_says_the_same_twice_does_not_fill_the_log()
    {
        await RegisterAsync();
        var running = await RunningAsync("one");
        await EndAsync(running, Completed);

        for (var i = 0; i < LateReport.MaxKept + 3; i++)
        {
            await RefusedAsync("not_allowed", () => EndAsync(running, Completed with { ResultText = $"{i}" }));
        }

        Assert.Equal(LateReport.MaxKept, (await LogTypesAsync("one")).Count(type => type is EventTypes.LateReport));
    }

    [Fact]
    public async Task A_failure_of_a_run_that_was_told_to_stop_ends_it_as_stopped_and_may_be_repeated()
    {
        await RegisterAsync();
        var running = await RunningAsync("one");
        await Runs.StopAsync(Org, running.RunId, "person:owner", Cancel);

        var ended = await EndAsync(running, Failed);
        var again = await EndAsync(running, Failed);

        Assert.Equal((RunStatus.Stopped, "stopped"), (ended.Status, ended.Reason));
        Assert.Equal(RunStatus.Stopped, again.Status);
        Assert.Equal(SessionStatus.Stopped, await StatusAsync("one"));
        Assert.Single(await LogTypesAsync("one"), EventTypes.RunStopped);
    }

    [Fact]
    public async Task A_completion_may_come_before_the_start_that_then_is_refused()
    {
        await RegisterAsync();
        await QueueAsync("one");
        var claimed = (await ClaimAsync())!;
        await EndAsync(claimed, Completed);

        await RefusedAsync(ErrorCode.Conflict, () => Runs.StartAsync(LeaseOf(claimed), null, null, Cancel));

        Assert.Equal(RunStatus.Completed, (await FoundAsync(claimed.RunId)).Status);
        Assert.Equal([EventTypes.RunQueued, EventTypes.RunCompleted], await LogTypesAsync("one"));
    }

    [Fact]
    public async Task Reports_with_another_fence_runner_or_run_change_nothing()
    {
        await RegisterAsync();
        await RegisterAsync("lnch_2");
        var running = await RunningAsync("one");
        var before = await LogTypesAsync("one");

        var lease = LeaseOf(running);
        foreach (var stale in new[] { lease with { Fence = 0 }, lease with { Fence = 2 }, lease with { RunnerId = "lnch_2" } })
        {
            await StaleAsync(() => Runs.StartAsync(stale, null, null, Cancel));
            await StaleAsync(() => Runs.EndAsync(stale, Completed, Cancel));
            await StaleAsync(() => Runs.AppendOutputAsync(stale, 1, [Message("x")], Cancel));
            await Runs.ReleaseAsync(stale, Cancel);
        }

        var unknown = LeaseOf(running) with { RunId = "run_000000000000" };
        await RefusedAsync(ErrorCode.NotFound, () => Runs.StartAsync(unknown, null, null, Cancel));
        await RefusedAsync(ErrorCode.NotFound, () => Runs.EndAsync(unknown, Completed, Cancel));
        await RefusedAsync(ErrorCode.NotFound, () => Runs.AppendOutputAsync(unknown, 1, [Message("x")], Cancel));
        await RefusedAsync(ErrorCode.NotFound, () => Runs.EndAsync(LeaseOf(running) with { Org = "other" }, Completed, Cancel));
        Assert.Equal(before, await LogTypesAsync("one"));
        Assert.Equal(running.LeaseUntil, (await FoundAsync(running.RunId)).LeaseUntil);
    }

    [Fact]
    public async Task A_report_of_an_earlier_claim_is_stale()
    {
        await RegisterAsync();
        await QueueAsync("one");
        var first = (await ClaimAsync())!;
        await Runs.ReleaseAsync(LeaseOf(first), Cancel);
        await StaleAsync(() => Runs.StartAsync(LeaseOf(first), null, null, Cancel));
        var second = (await ClaimAsync())!;

        await StaleAsync(() => Runs.StartAsync(LeaseOf(first), null, null, Cancel));
        await StaleAsync(() => EndAsync(first, Failed));

        Assert.Equal(RunStatus.Running, (await Runs.StartAsync(LeaseOf(second), null, null, Cancel)).Status);
    }

    [Fact]
    public async Task A_report_without_a_fence_speaks_for_its_runners_live_lease()
    {
        await RegisterAsync();
        await QueueAsync("one");
        var claimed = (await ClaimAsync())!;
        var unfenced = LeaseOf(claimed) with { Fence = null };

        await Runs.StartAsync(unfenced, null, null, Cancel);
        await StaleAsync(() => Runs.EndAsync(unfenced with { RunnerId = "lnch_2" }, Completed, Cancel));

        Assert.Equal(RunStatus.Completed, (await Runs.EndAsync(unfenced, Completed, Cancel)).Status);
    }

    [Fact]
    public async Task A_session_is_shown_with_each_of_its_runs_moves()
    {
        await RegisterAsync();
        var run = await RunningAsync("one");
        await Runs.StopAsync(Org, run.RunId, "person:owner", Cancel);
        await EndAsync(run, Stopped);

        await Sink.WaitForAsync<SessionUpdated>(update => update.Session.Status == SessionStatus.Stopped);
        Assert.Equal(
            [SessionStatus.Running, SessionStatus.Stopping, SessionStatus.Stopped],
            Sink.Changes.OfType<SessionUpdated>().Select(update => update.Session.Status).Distinct());
        Assert.Equal(
            [RunStatus.Pending, RunStatus.Claimed, RunStatus.Running, RunStatus.Stopping, RunStatus.Stopped],
            Sink.Changes.OfType<RunChanged>().Select(change => change.Run.Status));
    }
}

public sealed class SqliteRunReportTests() : RunReportTests(new SqliteFixture());

public sealed class PostgresRunReportTests() : RunReportTests(new PostgresFixture());
