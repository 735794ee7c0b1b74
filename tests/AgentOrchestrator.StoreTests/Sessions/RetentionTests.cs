using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentOrchestrator.StoreTests.Sessions;

public abstract class RetentionTests(StoreFixture fixture) : SessionStoreTest(fixture)
{
    static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    LogRetention Retention => new(Fixture.Stores.Retention, Fixture.Options, Time, NullLogger<LogRetention>.Instance);

    [Fact]
    public async Task A_log_that_rested_for_long_keeps_its_results_and_ends_and_says_how_far_it_was_pruned()
    {
        var session = await EndedAsync("old", notes: 20);
        var before = await LogAsync(session.SessionId);
        Time.Advance(TimeSpan.FromDays(91));

        var counts = await Retention.RunOnceAsync(Cancel);

        var after = await LogAsync(session.SessionId);
        Assert.Equal(before.Count - after.Count, counts.Events);
        Assert.Equal([EventTypes.RunStart, EventTypes.Result, EventTypes.RunCompleted], after.Select(entry => entry.Type));
        Assert.Equal(after.Select(entry => before.Single(one => one.Seq == entry.Seq).Body.ToArray()), after.Select(entry => entry.Body.ToArray()));
        var pruned = (await Sessions.FindAsync(Org, "old", Cancel))!;
        Assert.Equal((before[^1].Seq - 1, before[^1].Seq), (pruned.PrunedTo, pruned.LastSeq));
        Assert.Equal("answer", (await Sessions.FindResultAsync(Org, session.SessionId, Cancel))!.ReadFields().ResultText);
        Assert.True((await Retention.RunOnceAsync(Cancel)).IsEmpty);
    }

    [Fact]
    public async Task Sequences_go_on_after_a_log_was_pruned()
    {
        await CreateAsync("s");
        await AppendAsync("s", Note("a"), Note("b"), Note("c"));
        Time.Advance(TimeSpan.FromDays(91));
        await Retention.RunOnceAsync(Cancel);
        await Fixture.RestartAsync();

        Assert.Equal(4, (await AppendAsync("s", Note("d"))).LastSeq);
        Assert.Equal([3, 4], (await LogAsync("ses_s")).Select(entry => entry.Seq));
    }

    [Fact]
    public async Task The_message_that_a_result_is_read_from_stays()
    {
        await CreateAsync("s");
        await AppendAsync("s", Message("early"), Message("answer"), Note("b"), Note("c"));
        Time.Advance(TimeSpan.FromDays(91));

        await Retention.RunOnceAsync(Cancel);

        Assert.Equal([2, 4], (await LogAsync("ses_s")).Select(entry => entry.Seq));
    }

    [Fact]
    public async Task A_long_log_loses_its_oldest_entries_in_small_steps()
    {
        await CreateAsync("s");
        await AppendAsync("s", [.. Enumerable.Range(1, 60).Select(n => Note($"{n}"))]);
        Time.Advance(s_hour);
        var rule = new PruneRule(s_hour, MaxAge: null, MaxEvents: 25);
        var found = Assert.Single(await Fixture.Stores.Retention.FindPrunableAsync(rule, 10, Cancel));

        var parts = new List<PrunedPart>();
        while (await Fixture.Stores.Retention.PruneAsync(found, s_hour, 10, Cancel) is { } part)
        {
            parts.Add(part);
        }

        Assert.Equal([new(10, 10), new(20, 10), new(30, 10), new(35, 5)], parts);
        Assert.Equal(Enumerable.Range(36, 25).Select(n => (long)n), (await LogAsync("ses_s")).Select(entry => entry.Seq));
        Assert.Empty(await Fixture.Stores.Retention.FindPrunableAsync(rule, 10, Cancel));
    }

    [Fact]
    public async Task What_is_not_at_rest_is_left_alone()
    {
        await StartLiveAsync("live");
        await QueueAsync("queued");
        await CreateAsync("parent");
        await AppendAsync("parent", Note("a"), Note("b"));
        await Runs.EnqueueAsync(
            new NewRun { Org = Org, RunId = Ids.NewRun(), Type = RunType.StartSession, Session = New("child", parent: "parent"), Prompt = "go" },
            null, Cancel);
        Time.Advance(TimeSpan.FromDays(91));
        await CreateAsync("busy");
        await AppendAsync("busy", Note("a"), Note("b"));
        var everything = new PruneRule(s_hour, s_hour, MaxEvents: 1);
        var logs = await Task.WhenAll(((string[])["ses_live", "ses_queued", "ses_parent", "ses_child", "ses_busy"]).Select(LogAsync));

        Assert.Empty(await Fixture.Stores.Retention.FindPrunableAsync(everything, 10, Cancel));
        Assert.Empty(await Fixture.Stores.Retention.FindRestingAsync(s_hour, 10, Cancel));
        foreach (var name in (string[])["live", "queued", "parent", "child", "busy"])
        {
            var log = new PrunableLog(Org, "ses_" + name, 100);
            Assert.Null(await Fixture.Stores.Retention.PruneAsync(log, s_hour, 10, Cancel));
            Assert.False(await Fixture.Stores.Retention.RemoveAsync(log, s_hour, Cancel));
        }

        Assert.Equal(logs.Select(log => log.Count), (await Task.WhenAll(
            ((string[])["ses_live", "ses_queued", "ses_parent", "ses_child", "ses_busy"]).Select(LogAsync))).Select(log => log.Count));
    }

    [Fact]
    public async Task The_sessions_that_rest_longest_come_first_and_can_be_removed_whole()
    {
        foreach (var name in (string[])["first", "second", "third"])
        {
            await CreateAsync(name);
            await AppendAsync(name, Note("a"));
            Time.Advance(s_hour);
        }

        var resting = await Fixture.Stores.Retention.FindRestingAsync(s_hour, 2, Cancel);

        Assert.Equal(["ses_first", "ses_second"], resting.Select(log => log.SessionId));
        Assert.True(await Fixture.Stores.Retention.RemoveAsync(resting[0], s_hour, Cancel));
        Assert.False(await Fixture.Stores.Retention.RemoveAsync(resting[0], s_hour, Cancel));
        Assert.Null(await Sessions.FindAsync(Org, "first", Cancel));
        Assert.Equal("ses_first", (await Sink.WaitForAsync<Coordinator.SessionDeleted>()).SessionId);
    }

    NewEvent Message(string text) => NewEvent.Of(
        EventTypes.Message,
        new EventFields { Role = "assistant", Content = System.Text.Json.JsonElement.Parse($$"""[{"type":"text","text":"{{text}}"}]""") },
        Time.GetUtcNow());

    async Task QueueAsync(string name) => await Runs.EnqueueAsync(
        new NewRun { Org = Org, RunId = Ids.NewRun(), Type = RunType.StartSession, Session = New(name), Prompt = "go" }, null, Cancel);

    async Task<Session> EndedAsync(string name, int notes)
    {
        var (session, run) = await StartLiveAsync(name);
        await AppendAsync(name, [.. Enumerable.Range(0, notes).Select(n => Note($"{n}")), Result("answer")]);
        await Runs.EndAsync(Lease(run), new RunEnd(RunStatus.Completed), Cancel);
        return session;
    }
}

public sealed class SqliteRetentionTests() : RetentionTests(new SqliteFixture());

public sealed class PostgresRetentionTests() : RetentionTests(new PostgresFixture());
