using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.StoreTests.Sessions;

public abstract class SessionStoreTests(StoreFixture fixture) : SessionStoreTest(fixture)
{
    [Fact]
    public async Task A_created_session_has_what_was_given_and_is_told()
    {
        var parent = await CreateAsync("boss");
        Sink.Clear();

        var created = await Sessions.CreateAsync(
            New("worker", parent: "BOSS") with { ProjectDir = "/src", AgentName = "writer", ExecutionMode = ExecutionMode.AsyncCallback },
            null,
            Cancel);

        var expected = new Session
        {
            Org = Org,
            SessionId = "ses_worker",
            Name = "worker",
            Status = SessionStatus.Running,
            CreatedAt = Time.GetUtcNow(),
            ProjectDir = "/src",
            AgentName = "writer",
            ParentSessionId = parent.SessionId,
            ParentName = "boss",
            ExecutionMode = ExecutionMode.AsyncCallback,
        };
        Assert.Equal(new Outcome<Session>(expected, IsReplay: false), created);
        Assert.Equal(expected, await Sessions.FindAsync(Org, "worker", Cancel));
        Assert.Equal(expected, (await Sink.WaitForAsync<SessionCreated>()).Session);
    }

    [Fact]
    public async Task A_session_is_found_by_id_by_name_in_any_case_and_by_its_executors_id()
    {
        var session = await CreateAsync("Mixed-Case");
        await Sessions.UpdateAsync(Org, "mixed-case", new SessionPatch { ExecutorSessionId = "uuid-1" }, Cancel);

        foreach (var name in (string[])["ses_mixed-case", "Mixed-Case", "MIXED-CASE", "uuid-1"])
        {
            Assert.Equal(session.SessionId, (await Sessions.FindAsync(Org, name, Cancel))?.SessionId);
        }

        Assert.Null(await Sessions.FindAsync(Org, "UUID-1", Cancel));
        Assert.Null(await Sessions.FindAsync("other", "Mixed-Case", Cancel));
    }

    [Fact]
    public async Task An_id_wins_over_a_name_and_a_name_over_an_executors_id()
    {
        var byId = (await Sessions.CreateAsync(New("first") with { SessionId = "shared" }, null, Cancel)).Value;
        var byName = (await Sessions.CreateAsync(New("shared"), null, Cancel)).Value;
        var byExecutor = await CreateAsync("third");
        await Sessions.UpdateAsync(Org, "third", new SessionPatch { ExecutorSessionId = "shared" }, Cancel);

        Assert.Equal(byId.SessionId, (await Sessions.FindAsync(Org, "shared", Cancel))!.SessionId);

        await Sessions.DeleteAsync(Org, byId.SessionId, Cancel);
        Assert.Equal(byName.SessionId, (await Sessions.FindAsync(Org, "shared", Cancel))!.SessionId);

        await Sessions.DeleteAsync(Org, byName.SessionId, Cancel);
        Assert.Equal(byExecutor.SessionId, (await Sessions.FindAsync(Org, "shared", Cancel))!.SessionId);
    }

    [Fact]
    public async Task A_taken_id_or_name_is_a_conflict()
    {
        await CreateAsync("one");

        await RefusedAsync(ErrorCode.Conflict, () => Sessions.CreateAsync(New("two") with { SessionId = "ses_one" }, null, Cancel));
        await RefusedAsync(ErrorCode.Conflict, () => Sessions.CreateAsync(New("ONE") with { SessionId = "ses_other" }, null, Cancel));
        await Sessions.CreateAsync(New("one") with { Org = "other" }, null, Cancel);
    }

    [Fact]
    public async Task Of_many_creations_of_one_name_at_once_one_wins()
    {
        var attempts = Enumerable.Range(0, 16).Select(async i =>
        {
            try
            {
                await Sessions.CreateAsync(New("race") with { SessionId = $"ses_{i}" }, null, Cancel);
                return 1;
            }
            catch (ProductException refusal) when (refusal.Code == ErrorCode.Conflict)
            {
                return 0;
            }
        });

        Assert.Equal(1, (await Task.WhenAll(attempts)).Sum());
        Assert.Single(await AllAsync(new SessionQuery()));
    }

    [Fact]
    public async Task An_unknown_parent_is_refused_and_nothing_is_left_behind()
    {
        await RefusedAsync(ErrorCode.NotFound, () => Sessions.CreateAsync(New("orphan", parent: "nobody"), null, Cancel));

        Assert.Null(await Sessions.FindAsync(Org, "orphan", Cancel));
    }

    [Fact]
    public async Task A_session_posted_under_the_name_of_one_with_a_live_run_binds_its_id_to_that()
    {
        var (session, _) = await StartLiveAsync("alive");

        var bound = (await Sessions.CreateAsync(New("ALIVE") with { SessionId = "uuid-of-the-executor" }, null, Cancel)).Value;

        Assert.Equal((await Sessions.FindAsync(Org, "alive", Cancel)), bound);
        Assert.Equal((session.SessionId, "uuid-of-the-executor"), (bound.SessionId, bound.ExecutorSessionId));
        Assert.Single(await AllAsync(new SessionQuery()));
    }

    [Fact]
    public async Task A_creation_repeated_with_its_key_has_one_effect()
    {
        var first = await Sessions.CreateAsync(New("once"), Key("k"), Cancel);
        var again = await Sessions.CreateAsync(New("once"), Key("k"), Cancel);

        Assert.Equal(first with { IsReplay = true }, again);
        Assert.Equal("idempotency_key_reused", (await RefusedAsync(
            ErrorCode.Invalid, () => Sessions.CreateAsync(New("other"), Key("k", hash: "another"), Cancel))).Reason);
        Assert.False((await Sessions.CreateAsync(New("other"), Key("k", principal: "somebody else"), Cancel)).IsReplay);
    }

    [Fact]
    public async Task A_key_of_a_refused_request_is_free()
    {
        await RefusedAsync(ErrorCode.NotFound, () => Sessions.CreateAsync(New("x", parent: "nobody"), Key("k"), Cancel));

        Assert.False((await Sessions.CreateAsync(New("x"), Key("k"), Cancel)).IsReplay);
    }

    [Fact]
    public async Task A_patch_changes_what_it_names_and_leaves_the_rest()
    {
        var before = (await Sessions.CreateAsync(New("one") with { ProjectDir = "/a", AgentName = "writer" }, null, Cancel)).Value;
        var resumedAt = WireTime.Truncate(Time.GetUtcNow() + TimeSpan.FromMinutes(1));
        Sink.Clear();

        var after = await Sessions.UpdateAsync(
            Org,
            "one",
            new SessionPatch { Name = "uno", ProjectDir = "/b", LastResumedAt = resumedAt, ExecutorType = "chat", Hostname = "here" },
            Cancel);

        Assert.Equal(
            before with { Name = "uno", ProjectDir = "/b", LastResumedAt = resumedAt, ExecutorType = "chat", Hostname = "here" }, after);
        Assert.Equal(after, (await Sink.WaitForAsync<SessionUpdated>()).Session);
        Assert.Null(await Sessions.FindAsync(Org, "one", Cancel));
    }

    [Fact]
    public async Task A_session_may_take_its_own_name_in_another_case_but_not_anothers()
    {
        await CreateAsync("one");
        await CreateAsync("two");

        Assert.Equal("ONE", (await Sessions.UpdateAsync(Org, "one", new SessionPatch { Name = "ONE" }, Cancel)).Name);
        await RefusedAsync(ErrorCode.Conflict, () => Sessions.UpdateAsync(Org, "two", new SessionPatch { Name = "oNe" }, Cancel));
        await RefusedAsync(ErrorCode.NotFound, () => Sessions.UpdateAsync(Org, "three", new SessionPatch(), Cancel));
    }

    [Fact]
    public async Task A_bind_sets_the_status_only_where_no_run_says_otherwise()
    {
        var bind = new SessionPatch { ExecutorSessionId = "uuid", StatusWithoutRuns = SessionStatus.Running };
        await CreateAsync("free");
        await AppendAsync("free", NewEvent.Of(EventTypes.SessionStop, new EventFields(), Time.GetUtcNow()));
        await Runs.EnqueueAsync(
            new NewRun { Org = Org, RunId = "run_1", Type = RunType.StartSession, Session = New("queued"), Prompt = "hi" }, null, Cancel);

        Assert.Equal(SessionStatus.Running, (await Sessions.UpdateAsync(Org, "free", bind, Cancel)).Status);
        Assert.Equal(SessionStatus.Pending, (await Sessions.UpdateAsync(Org, "queued", bind, Cancel)).Status);
    }

    [Fact]
    public async Task The_list_is_newest_first_and_pages_without_gaps_or_repeats()
    {
        for (var i = 0; i < 25; i++)
        {
            await CreateAsync($"s{i:00}");
            Time.Advance(i % 3 == 0 ? TimeSpan.FromSeconds(1) : TimeSpan.Zero);
        }

        var all = await AllAsync(new SessionQuery());
        var paged = new List<Session>();
        for (PageKey? after = null; ;)
        {
            var page = await AllAsync(new SessionQuery { Limit = 7, After = after });
            paged.AddRange(page);
            if (page.Count < 7)
            {
                break;
            }

            after = new PageKey(page[^1].CreatedAt, page[^1].SessionId);
        }

        Assert.Equal(25, all.Count);
        Assert.Equal(all, paged);
        Assert.Equal(all.OrderByDescending(s => s.CreatedAt).ThenByDescending(s => s.SessionId, StringComparer.Ordinal), all);
    }

    [Fact]
    public async Task The_list_can_be_narrowed_to_a_status_and_to_the_children_of_a_session()
    {
        var parent = await CreateAsync("parent");
        var child = await CreateAsync("child", parent: "parent");
        await AppendAsync("parent", NewEvent.Of(EventTypes.SessionStop, new EventFields(), Time.GetUtcNow()));

        Assert.Equal(["parent"], (await AllAsync(new SessionQuery { Status = SessionStatus.Finished })).Select(s => s.Name));
        Assert.Equal([child], await AllAsync(new SessionQuery { ParentSessionId = parent.SessionId }));
        Assert.Empty(await AllAsync(new SessionQuery { ParentSessionId = parent.SessionId, Status = SessionStatus.Finished }));
    }

    [Fact]
    public async Task Sessions_their_logs_and_keys_survive_a_restart()
    {
        var session = (await Sessions.CreateAsync(New("kept"), Key("k"), Cancel)).Value;
        await AppendAsync("kept", Note("a"), Note("b"));
        var log = await LogAsync(session.SessionId);

        await Fixture.RestartAsync();

        Assert.Equal(session with { LastSeq = 2 }, await Sessions.FindAsync(Org, "kept", Cancel));
        Assert.Equal(log.Select(e => e.ReadFields()), (await LogAsync(session.SessionId)).Select(e => e.ReadFields()));
        Assert.Equal(3, (await AppendAsync("kept", Note("c"))).LastSeq);
        Assert.True((await Sessions.CreateAsync(New("kept"), Key("k"), Cancel)).IsReplay);
    }

    async Task<List<Session>> AllAsync(SessionQuery query)
    {
        var sessions = new List<Session>();
        await foreach (var session in Sessions.ListAsync(Org, query, Cancel))
        {
            sessions.Add(session);
        }

        return sessions;
    }
}

public sealed class SqliteSessionStoreTests() : SessionStoreTests(new SqliteFixture());

public sealed class PostgresSessionStoreTests() : SessionStoreTests(new PostgresFixture());
