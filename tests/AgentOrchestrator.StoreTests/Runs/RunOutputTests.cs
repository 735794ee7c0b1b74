using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.StoreTests.Runs;

public abstract class RunOutputTests(StoreFixture fixture) : RunTest(fixture)
{
    [Fact]
    public async Task Output_is_appended_in_order_as_the_runs()
    {
        await RegisterAsync();
        var run = await RunningAsync("one");

        Assert.Equal(3, await Runs.AppendOutputAsync(LeaseOf(run), 1, [Message("a"), Message("b")], Cancel));
        Assert.Equal(4, await Runs.AppendOutputAsync(LeaseOf(run), 3, [Message("c")], Cancel));

        var output = (await LogAsync("one"))[2..];
        Assert.Equal(["a", "b", "c"], output.Select(Text));
        Assert.Equal([3L, 4, 5], output.Select(entry => entry.Seq));
        Assert.All(output, entry => Assert.Equal(run.RunId, entry.RunId));
    }

    [Fact]
    public async Task Output_that_was_sent_before_is_skipped()
    {
        await RegisterAsync();
        var run = await RunningAsync("one");
        await Runs.AppendOutputAsync(LeaseOf(run), 1, [Message("a"), Message("b")], Cancel);

        Assert.Equal(3, await Runs.AppendOutputAsync(LeaseOf(run), 1, [Message("a"), Message("b")], Cancel));
        Assert.Equal(3, await Runs.AppendOutputAsync(LeaseOf(run), 2, [Message("b")], Cancel));
        Assert.Equal(4, await Runs.AppendOutputAsync(LeaseOf(run), 2, [Message("b"), Message("c")], Cancel));

        Assert.Equal(["a", "b", "c"], (await LogAsync("one"))[2..].Select(Text));
    }

    [Fact]
    public async Task Output_that_is_sent_again_after_the_end_is_known_and_more_is_refused()
    {
        await RegisterAsync();
        var run = await RunningAsync("one");
        await Runs.AppendOutputAsync(LeaseOf(run), 1, [Message("a"), Message("b")], Cancel);
        await EndAsync(run, Completed);

        Assert.Equal(3, await Runs.AppendOutputAsync(LeaseOf(run), 2, [Message("b")], Cancel));
        await StaleAsync(() => Runs.AppendOutputAsync(LeaseOf(run), 2, [Message("b"), Message("c")], Cancel));
    }

    [Fact]
    public async Task Output_with_a_gap_before_it_is_refused_with_what_is_expected()
    {
        await RegisterAsync();
        var run = await RunningAsync("one");
        await Runs.AppendOutputAsync(LeaseOf(run), 1, [Message("a")], Cancel);

        var refusal = await RefusedAsync("gap", () => Runs.AppendOutputAsync(LeaseOf(run), 3, [Message("c")], Cancel));

        Assert.Contains("ordinal 2", refusal.Message, StringComparison.Ordinal);
        Assert.Single((await LogAsync("one"))[2..]);
    }

    [Fact]
    public async Task A_new_attempt_counts_from_one_again()
    {
        await RegisterAsync();
        await QueueAsync("one");
        var first = (await ClaimAsync())!;
        await Runs.AppendOutputAsync(LeaseOf(first), 1, [Message("a")], Cancel);
        await Runs.ReleaseAsync(LeaseOf(first), Cancel);
        var second = (await ClaimAsync())!;

        Assert.Equal(2, await Runs.AppendOutputAsync(LeaseOf(second), 1, [Message("b")], Cancel));
    }

    [Fact]
    public async Task Output_after_the_end_is_refused()
    {
        await RegisterAsync();
        var run = await RunningAsync("one");
        await EndAsync(run, Completed);

        await StaleAsync(() => Runs.AppendOutputAsync(LeaseOf(run), 1, [Message("late")], Cancel));

        Assert.Equal(EventTypes.RunCompleted, (await LogTypesAsync("one"))[^1]);
    }

    [Fact]
    public async Task Output_sent_by_several_at_once_leaves_a_dense_log()
    {
        await RegisterAsync();
        var run = await RunningAsync("one");
        var session = await SessionAsync("one");

        await Task.WhenAll(Enumerable.Range(0, 16).Select<int, Task>(i => i % 2 == 0
            ? Runs.AppendOutputAsync(LeaseOf(run), 1, [Message("a"), Message("b")], Cancel)
            : Sessions.AppendAsync(Org, session.SessionId, [Message($"{i}")], create: null, key: null, Cancel)));

        var log = await LogAsync("one");
        Assert.Equal(2 + 2 + 8, log.Length);
        Assert.Equal(Enumerable.Range(1, log.Length).Select(seq => (long)seq), log.Select(entry => entry.Seq));
    }

    [Fact]
    public async Task Changes_are_told_in_the_order_of_the_log()
    {
        await RegisterAsync();
        var run = await RunningAsync("one");

        await Task.WhenAll(
            Task.WhenAll(Enumerable.Range(0, 40).Select(i => Sessions.AppendAsync(Org, run.SessionId, [Message($"{i}")], null, null, Cancel))),
            EndAsync(run, Completed));

        await Sink.WaitForAsync<EventsAppended>(told => told.Entries[^1].Seq == 43);
        Assert.Equal(
            Enumerable.Range(1, 43).Select(seq => (long)seq),
            Sink.Changes.OfType<EventsAppended>().SelectMany(told => told.Entries).Select(entry => entry.Seq));
    }

    [Fact]
    public async Task A_session_event_during_a_live_run_is_evidence_only()
    {
        await RegisterAsync();
        var run = await RunningAsync("one");
        var stop = NewEvent.Of(EventTypes.SessionStop, new EventFields { ExitCode = 0 }, Time.GetUtcNow());

        await Runs.AppendOutputAsync(LeaseOf(run), 1, [stop], Cancel);
        await Sessions.AppendAsync(Org, "one", [stop], create: null, key: null, Cancel);

        Assert.Equal(SessionStatus.Running, await StatusAsync("one"));
        Assert.Equal(RunStatus.Running, (await FoundAsync(run.RunId)).Status);
    }

    [Fact]
    public async Task A_session_event_does_not_hide_a_queued_run()
    {
        await QueueAsync("one");
        var start = NewEvent.Of(EventTypes.SessionStart, new EventFields(), Time.GetUtcNow());

        await Sessions.AppendAsync(Org, "one", [start], create: null, key: null, Cancel);

        Assert.Equal(SessionStatus.Pending, await StatusAsync("one"));
    }

    [Fact]
    public async Task The_result_is_read_from_the_latest_run_only()
    {
        await RegisterAsync();
        var first = await RunningAsync("one");
        await Runs.AppendOutputAsync(LeaseOf(first), 1, [Message("old"), Message("older question", "user")], Cancel);
        await EndAsync(first, Completed);
        var sessionId = first.SessionId;
        Assert.Equal("old", Text((await Sessions.FindResultAsync(Org, sessionId, Cancel))!));

        await EnqueueAsync(Resume("one"));
        var second = await TakeAsync();
        Assert.Null(await Sessions.FindResultAsync(Org, sessionId, Cancel));
        await Runs.AppendOutputAsync(LeaseOf(second), 1, [Message("new"), Message("newest")], Cancel);

        Assert.Equal("newest", Text((await Sessions.FindResultAsync(Org, sessionId, Cancel))!));
    }

    static string Text(LogEntry entry) => entry.ReadFields().TextOfResult()!;
}

public sealed class SqliteRunOutputTests() : RunOutputTests(new SqliteFixture());

public sealed class PostgresRunOutputTests() : RunOutputTests(new PostgresFixture());
