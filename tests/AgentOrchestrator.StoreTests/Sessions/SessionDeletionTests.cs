using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.StoreTests.Sessions;

public abstract class SessionDeletionTests(StoreFixture fixture) : SessionStoreTest(fixture)
{
    [Fact]
    public async Task A_deleted_session_is_gone_with_its_log_and_runs()
    {
        var (session, run) = await StartLiveAsync("gone");
        await Runs.EndAsync(Lease(run), new RunEnd(RunStatus.Completed), Cancel);
        await CreateAsync("kept");
        await AppendAsync("kept", Note("a"));
        var events = (await LogAsync(session.SessionId)).Count;

        var deleted = await Sessions.DeleteAsync(Org, "GONE", Cancel);

        Assert.Equal(new DeletedSession(session.SessionId, "gone", events, 1), deleted);
        Assert.Null(await Sessions.FindAsync(Org, "gone", Cancel));
        Assert.Empty(await LogAsync(session.SessionId));
        Assert.Null(await Runs.FindAsync(Org, run.RunId, Cancel));
        Assert.Equal(1, (await Sessions.FindAsync(Org, "kept", Cancel))!.LastSeq);
        Assert.Equal(session.SessionId, (await Sink.WaitForAsync<Coordinator.SessionDeleted>()).SessionId);
        Assert.Null(await Sessions.DeleteAsync(Org, "gone", Cancel));
    }

    [Fact]
    public async Task A_name_is_free_again_after_its_session_was_deleted()
    {
        await CreateAsync("again");
        await AppendAsync("again", Note("old"));
        await Sessions.DeleteAsync(Org, "again", Cancel);

        var fresh = await CreateAsync("again");

        Assert.Equal(0, fresh.LastSeq);
        Assert.Equal(1, (await AppendAsync("again", Note("new"))).LastSeq);
    }

    [Fact]
    public async Task A_session_with_a_live_run_is_not_deleted()
    {
        var (_, run) = await StartLiveAsync("live");

        await RefusedAsync(ErrorCode.Conflict, () => Sessions.DeleteAsync(Org, "live", Cancel));

        Assert.Equal(RunStatus.Running, (await Runs.FindAsync(Org, run.RunId, Cancel))!.Status);
    }

    [Fact]
    public async Task Children_of_a_deleted_session_are_stopped_and_lose_their_parent()
    {
        await CreateAsync("parent");
        var child = await CreateAsync("child", parent: "parent");
        Sink.Clear();

        await Sessions.DeleteAsync(Org, "parent", Cancel);

        var orphan = child with { ParentSessionId = null, ParentName = null, Status = SessionStatus.Stopped };
        Assert.Equal(orphan, await Sessions.FindAsync(Org, "child", Cancel));
        await Sink.WaitForAsync<SessionUpdated>(change => change.Session == orphan);
    }

    [Fact]
    public async Task A_queued_run_of_a_deleted_session_is_never_claimed()
    {
        await StartLiveAsync("other");
        await Runs.EnqueueAsync(
            new NewRun { Org = Org, RunId = "run_q", Type = RunType.StartSession, Session = New("queued"), Prompt = "hi" }, null, Cancel);

        Assert.Equal(1, (await Sessions.DeleteAsync(Org, "queued", Cancel))!.Runs);

        Assert.Null(await Runs.ClaimAsync(new ClaimRequest { Org = Org, RunnerId = "lnch_1", RunTokenHash = "t" }, Cancel));
        Assert.Null(await Runs.FindAsync(Org, "run_q", Cancel));
    }
}

public sealed class SqliteSessionDeletionTests() : SessionDeletionTests(new SqliteFixture());

public sealed class PostgresSessionDeletionTests() : SessionDeletionTests(new PostgresFixture());
