using System.Text;
using System.Text.Json;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.StoreTests.Sessions;

public abstract class SessionLogTests(StoreFixture fixture) : SessionStoreTest(fixture)
{
    [Fact]
    public async Task Appended_events_are_numbered_from_one_and_read_back_as_they_were()
    {
        var session = await CreateAsync("one");
        Sink.Clear();
        var given = Note("hello") with { Timestamp = "some time", RunId = "run_1" };

        Assert.Equal(new Appended(1, 2), await AppendAsync("one", given, Note("again")));

        var entry = (await LogAsync(session.SessionId))[0];
        Assert.Equal(
            (1L, EventTypes.Notice, "some time", Time.GetUtcNow(), "run_1", "person:owner"),
            (entry.Seq, entry.Type, entry.Timestamp, entry.RecordedAt, entry.RunId, entry.Actor));
        Assert.Equal(given.Body.ToArray(), entry.Body.ToArray());

        var told = await Sink.WaitForAsync<EventsAppended>();
        Assert.Equal((session.SessionId, "one"), (told.SessionId, told.SessionName));
        Assert.Equal([1, 2], told.Entries.Select(e => e.Seq));
        Assert.Equal(entry.Id, told.Entries[0].Id);
    }

    [Fact]
    public async Task Sixteen_writers_at_once_leave_a_dense_log()
    {
        const int Writers = 16, Posts = 20;
        var session = await CreateAsync("busy");

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            for (var post = 0; post < Posts; post++)
            {
                var batch = Enumerable.Range(0, (post % 3) + 1).Select(i => Note($"{writer}/{post}/{i}")).ToArray();
                var place = await AppendAsync(post % 2 == 0 ? "busy" : session.SessionId, batch);
                Assert.Equal(batch.Length, place.LastSeq - place.FirstSeq + 1);
            }
        }));

        var log = await LogAsync(session.SessionId);
        Assert.Equal(Enumerable.Range(1, log.Count).Select(i => (long)i), log.Select(e => e.Seq));
        Assert.Equal(Writers * Posts * 2 - (Writers * 1), log.Count);
        Assert.Equal(log.Count, log.Select(e => e.ReadFields().Reason).Distinct().Count());
        // Each batch stands together, and each writer's in the order of its posts.
        foreach (var own in log.Select(e => e.ReadFields().Reason!.Split('/').Select(int.Parse).ToArray()).GroupBy(place => place[0]))
        {
            Assert.Equal(own.OrderBy(place => place[1]).ThenBy(place => place[2]), own);
        }

        var told = Sink.Changes.OfType<EventsAppended>().SelectMany(change => change.Entries).Select(e => e.Seq);
        Assert.Equal(log.Select(e => e.Seq), told);
    }

    [Fact]
    public async Task The_log_is_read_in_pages_after_a_sequence()
    {
        var session = await CreateAsync("long");
        await AppendAsync("long", [.. Enumerable.Range(1, 10).Select(i => Note($"{i}"))]);

        Assert.Equal([4, 5, 6], (await Sessions.ReadAsync(Org, session.SessionId, 3, 3, Cancel)).Select(e => e.Seq));
        Assert.Equal([9, 10], (await Sessions.ReadAsync(Org, session.SessionId, 8, 3, Cancel)).Select(e => e.Seq));
        Assert.Empty(await Sessions.ReadAsync(Org, session.SessionId, 10, 3, Cancel));
        Assert.Empty(await Sessions.ReadAsync(Org, "ses_unknown", 0, 3, Cancel));
        Assert.Empty(await Sessions.ReadAsync("other", session.SessionId, 0, 3, Cancel));
    }

    [Fact]
    public async Task An_append_to_an_unknown_session_is_refused_or_creates_it()
    {
        await RefusedAsync(ErrorCode.NotFound, () => AppendAsync("new", Note("x")));

        var start = NewEvent.Of(EventTypes.SessionStart, new EventFields(), Time.GetUtcNow());
        await Sessions.AppendAsync(Org, "new", [start], New("new"), null, Cancel);
        await Sessions.AppendAsync(Org, "new", [start], New("new"), null, Cancel);

        Assert.Equal(2, (await Sessions.FindAsync(Org, "new", Cancel))!.LastSeq);
    }

    [Fact]
    public async Task An_append_repeated_with_its_key_has_one_effect()
    {
        var session = await CreateAsync("once");

        var first = await Sessions.AppendAsync(Org, "once", [Note("a")], null, Key("k"), Cancel);
        await AppendAsync("once", Note("b"));
        var again = await Sessions.AppendAsync(Org, "once", [Note("a")], null, Key("k"), Cancel);

        Assert.Equal(first with { IsReplay = true }, again);
        await RefusedAsync(ErrorCode.Invalid, () => Sessions.AppendAsync(Org, "once", [Note("c")], null, Key("k", hash: "another"), Cancel));
        Assert.Equal(2, (await LogAsync(session.SessionId)).Count);
    }

    [Fact]
    public async Task One_key_sent_by_many_at_once_has_one_effect()
    {
        var session = await CreateAsync("once");

        var outcomes = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(_ => Sessions.AppendAsync(Org, "once", [Note("a")], null, Key("k"), Cancel)));

        Assert.Single(outcomes, outcome => !outcome.IsReplay);
        Assert.All(outcomes, outcome => Assert.Equal(new Appended(1, 1), outcome.Value));
        Assert.Single(await LogAsync(session.SessionId));
    }

    [Fact]
    public async Task Start_and_stop_events_set_the_status_of_a_session_without_runs()
    {
        await CreateAsync("free");
        Sink.Clear();

        await AppendAsync("free", NewEvent.Of(EventTypes.SessionStop, new EventFields(), Time.GetUtcNow()));
        Assert.Equal(SessionStatus.Finished, (await Sessions.FindAsync(Org, "free", Cancel))!.Status);
        await Sink.WaitForAsync<EventsAppended>();
        Assert.Collection(
            Sink.Changes,
            change => Assert.Equal((SessionStatus.Finished, 1L), (((SessionUpdated)change).Session.Status, ((SessionUpdated)change).Session.LastSeq)),
            change => Assert.IsType<EventsAppended>(change));

        await AppendAsync("free", NewEvent.Of(EventTypes.SessionStart, new EventFields(), Time.GetUtcNow()));
        Assert.Equal(SessionStatus.Running, (await Sessions.FindAsync(Org, "free", Cancel))!.Status);
    }

    [Fact]
    public async Task With_a_queued_or_live_run_start_and_stop_events_are_evidence_only()
    {
        var (live, run) = await StartLiveAsync("live");
        var stop = NewEvent.Of(EventTypes.SessionStop, new EventFields(), Time.GetUtcNow());

        await AppendAsync("live", stop);
        Assert.Equal(SessionStatus.Running, (await Sessions.FindAsync(Org, "live", Cancel))!.Status);

        await Runs.EnqueueAsync(
            new NewRun { Org = Org, RunId = "run_2", Type = RunType.ResumeSession, Resumes = live.SessionId, Prompt = "more" }, null, Cancel);
        await Runs.EndAsync(Lease(run), new RunEnd(RunStatus.Completed), Cancel);
        await AppendAsync("live", stop);
        Assert.Equal(SessionStatus.Pending, (await Sessions.FindAsync(Org, "live", Cancel))!.Status);
    }

    [Fact]
    public async Task The_result_is_the_newest_entry_with_one()
    {
        var session = await CreateAsync("one");
        Assert.Null(await Sessions.FindResultAsync(Org, session.SessionId, Cancel));

        var answer = new EventFields { Role = "assistant", Content = JsonSerializer.Deserialize<JsonElement>("""[{"type":"text","text":"hi"}]""") };
        await AppendAsync("one", Result("old"), NewEvent.Of(EventTypes.Message, answer, Time.GetUtcNow()), Note("later"));

        Assert.Equal(2, (await Sessions.FindResultAsync(Org, session.SessionId, Cancel))!.Seq);
    }

    [Fact]
    public async Task A_result_is_looked_for_above_the_start_of_the_latest_run()
    {
        var (session, run) = await StartLiveAsync("again");
        await AppendAsync("again", Result("first"));
        await Runs.EndAsync(Lease(run), new RunEnd(RunStatus.Completed), Cancel);
        Assert.Equal("first", (await Sessions.FindResultAsync(Org, session.SessionId, Cancel))!.ReadFields().ResultText);

        await Runs.EnqueueAsync(
            new NewRun { Org = Org, RunId = "run_2", Type = RunType.ResumeSession, Resumes = "again", Prompt = "more" }, null, Cancel);
        var claim = await Runs.ClaimAsync(new ClaimRequest { Org = Org, RunnerId = "lnch_1", RunTokenHash = "t2" }, Cancel);
        await Runs.StartAsync(Lease(claim!.Run), null, null, Cancel);

        Assert.Null(await Sessions.FindResultAsync(Org, session.SessionId, Cancel));
    }

    [Fact]
    public async Task A_body_far_over_the_size_of_a_row_is_read_back_and_survives_a_restart()
    {
        var session = await CreateAsync("large");
        var text = new string('x', 300 * 1024) + "\u20ac end";
        await AppendAsync("large", Note("small"), Result(text), Result(text));
        await Fixture.RestartAsync();

        Assert.Equal(["small", null, null], (await LogAsync(session.SessionId)).Select(e => e.ReadFields().Reason));
        Assert.Equal(text, (await LogAsync(session.SessionId))[2].ReadFields().ResultText);
        Assert.Equal(text, (await Sessions.FindResultAsync(Org, session.SessionId, Cancel))!.ReadFields().ResultText);
    }

    [Fact]
    public async Task Every_text_of_JSON_is_kept_byte_by_byte()
    {
        var session = await CreateAsync("odd");
        var body = Encoding.UTF8.GetBytes("""{"reason":"nul \u0000, half \ud800, quote \", emoji 😀, 1e400"}""");

        await AppendAsync("odd", new NewEvent { Type = "odd_one", Timestamp = "nul \0 inside", Body = body });

        var entry = Assert.Single(await LogAsync(session.SessionId));
        Assert.Equal(body, entry.Body.ToArray());
        Assert.Equal("nul \0 inside", entry.Timestamp);
    }
}

public sealed class SqliteSessionLogTests() : SessionLogTests(new SqliteFixture());

public sealed class PostgresSessionLogTests() : SessionLogTests(new PostgresFixture());
