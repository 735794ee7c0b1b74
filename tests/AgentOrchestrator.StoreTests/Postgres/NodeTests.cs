using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Postgres;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.StoreTests.Runs;

namespace AgentOrchestrator.StoreTests.Postgres;

/// <summary>Two nodes on one database.</summary>
public sealed class NodeTests() : RunTest(new PostgresFixture())
{
    readonly RecordingSink _heard = new();

    PostgresFixture Data => (PostgresFixture)Fixture;

    [Fact]
    public async Task A_node_hears_what_another_commits()
    {
        await using var other = await JoinAsync();
        await RegisterAsync();
        var run = await RunningAsync("one");
        await Runs.StopAsync(Org, run.RunId, "person:owner", Cancel);
        await EndAsync(run, Stopped);
        await _heard.WaitForAsync<EventsAppended>(appended => appended.Entries[^1].Type == EventTypes.RunStopped);
        await Sessions.DeleteAsync(Org, "one", Cancel);

        Assert.Equal(run.SessionId, (await _heard.WaitForAsync<Coordinator.SessionDeleted>()).SessionId);
        Assert.Equal(run.RunId, (await _heard.WaitForAsync<RunClaimable>()).RunId);
        Assert.Equal("lnch_1", (await _heard.WaitForAsync<RunnerSignalled>()).RunnerId);
        Assert.Equal("lnch_1", (await _heard.WaitForAsync<RunnerChanged>()).RunnerId);
    }

    [Fact]
    public async Task A_node_tells_each_entry_that_another_appends_once_and_in_order()
    {
        const int Posts = 60;
        await using var other = await JoinAsync();
        await Sessions.CreateAsync(new() { Org = Org, SessionId = "ses_1", Name = "one" }, null, Cancel);
        for (var post = 0; post < Posts; post++)
        {
            await Sessions.AppendAsync(Org, "ses_1", [Message($"{post}"), Message("more")], null, null, Cancel);
        }

        await _heard.WaitForAsync<EventsAppended>(appended => appended.Entries[^1].Seq == 2 * Posts);

        var told = _heard.Changes.OfType<EventsAppended>().ToList();
        Assert.Equal(Enumerable.Range(1, 2 * Posts).Select(seq => (long)seq), told.SelectMany(appended => appended.Entries).Select(entry => entry.Seq));
        Assert.All(told, appended => Assert.Equal(("ses_1", "one"), (appended.SessionId, appended.SessionName)));
        Assert.Empty(_heard.Changes.OfType<LogGrew>());
    }

    [Fact]
    public async Task A_log_that_two_nodes_write_is_told_by_each_to_the_other()
    {
        await using var other = await JoinAsync();
        await Sessions.CreateAsync(new() { Org = Org, SessionId = "ses_1", Name = "one" }, null, Cancel);
        var writers = new[] { Sessions, other.Sessions }.Select(async sessions =>
        {
            for (var post = 0; post < 40; post++)
            {
                await sessions.AppendAsync(Org, "ses_1", [Message($"{post}")], null, null, Cancel);
            }
        });
        await Task.WhenAll(writers);

        foreach (var sink in new[] { Sink, _heard })
        {
            await sink.WaitForAsync<EventsAppended>(_ => SeqsOf(sink).Distinct().Count() == 80);
            Assert.Equal(80, SeqsOf(sink).Count());
        }

        static IEnumerable<long> SeqsOf(RecordingSink sink) =>
            sink.Changes.OfType<EventsAppended>().SelectMany(appended => appended.Entries).Select(entry => entry.Seq);
    }

    [Fact]
    public async Task A_node_reads_a_changed_session_again()
    {
        await using var other = await JoinAsync();
        await RegisterAsync();
        var run = await RunningAsync("one");

        await EndAsync(run, Completed);

        var update = await _heard.WaitForAsync<SessionUpdated>(change => change.Session.Status == SessionStatus.Finished);
        Assert.Equal(run.SessionId, update.Session.SessionId);
        await _heard.WaitForAsync<EventsAppended>(appended => appended.Entries[^1].Seq == update.Session.LastSeq);
    }

    [Fact]
    public async Task A_node_does_not_hear_itself()
    {
        await using var other = await JoinAsync();
        await QueueAsync("one");
        await _heard.WaitForAsync<RunClaimable>();
        await other.Sessions.CreateAsync(new() { Org = Org, SessionId = "ses_2", Name = "two" }, null, Cancel);
        await Sink.WaitForAsync<SessionCreated>(created => created.Session.Name == "two");

        Assert.Single(Sink.Changes.OfType<EventsAppended>());
        Assert.Single(_heard.Changes.OfType<SessionCreated>(), created => created.Session.Name == "two");
    }

    [Fact]
    public async Task A_node_whose_connections_are_cut_looks_back_and_goes_on()
    {
        await using var other = await JoinAsync();
        await RegisterAsync();
        await QueueAsync("one");
        await _heard.WaitForAsync<RunClaimable>();
        _heard.Clear();

        await CutAsync();
        var two = await QueueAsync("two");

        await _heard.WaitForAsync<RunClaimable>(claimable => claimable.RunId == two.RunId);
        await _heard.WaitForAsync<Change>(change =>
            change is LogGrew { LastSeq: 1 } grew ? grew.SessionId == two.SessionId
            : change is EventsAppended { Entries: [{ Seq: 1 }] } appended && appended.SessionId == two.SessionId);
        Assert.Equal(two.RunId, (await other.Runs.FindAsync(Org, two.RunId, Cancel))!.RunId);
    }

    [Fact]
    public async Task Recovery_of_all_spares_the_runs_of_runners_while_another_node_lives()
    {
        var other = await JoinAsync();
        await RegisterAsync(RunnerOf("lnch_1") with { KeepsLeases = true });
        var run = await RunningAsync("one");

        Assert.True((await Runs.RecoverAsync(RecoveryMode.All, Cancel)).IsEmpty);
        Assert.Equal(RunStatus.Running, (await Runs.FindAsync(Org, run.RunId, Cancel))!.Status);

        await other.DisposeAsync();

        // The database needs a moment to see that its connection is closed.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        while ((await Runs.RecoverAsync(RecoveryMode.All, limit.Token)).IsEmpty)
        {
            await Task.Yield();
        }

        Assert.Equal((RunStatus.Failed, "lost"), ((await FoundAsync(run.RunId)).Status, (await FoundAsync(run.RunId)).Reason));
    }

    [Fact]
    public async Task Nodes_that_claim_side_by_side_share_the_queue()
    {
        await using var other = await JoinAsync();
        await RegisterAsync("lnch_1");
        await RegisterAsync("lnch_2");
        for (var i = 0; i < 40; i++)
        {
            await QueueAsync($"s{i}");
        }

        var claims = await Task.WhenAll(
            Enumerable.Range(0, 40).Select(i => (i % 2 == 0 ? other.Runs : Runs).ClaimAsync(ClaimBy($"lnch_{1 + (i % 2)}"), Cancel)));

        Assert.Equal(40, claims.Select(claim => claim!.Run.RunId).Distinct().Count());
    }

    [Fact]
    public async Task Nodes_that_start_at_once_migrate_once()
    {
        await Data.ExecuteAsync($"DROP SCHEMA {Data.Schema} CASCADE; CREATE SCHEMA {Data.Schema}");

        var nodes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => JoinAsync()));

        Assert.Empty(await nodes[3].Agents.ListAsync(Org, Cancel));
        await Task.WhenAll(nodes.Select(node => node.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task A_schema_from_the_future_is_refused()
    {
        await Data.ExecuteAsync("INSERT INTO schema_migrations VALUES (9000, 'from_the_future', now())");

        var refusal = await RefusedAsync(ErrorCode.Unavailable, () => JoinAsync());

        Assert.Contains("start a newer program", refusal.Message, StringComparison.Ordinal);
        await Data.ExecuteAsync("DELETE FROM schema_migrations WHERE version = 9000");
    }

    async Task<Node> JoinAsync()
    {
        var stores = PostgresStores.Open(Data.Address, _heard, Fixture.Options, Time);
        try
        {
            await stores.Database.OpenAsync(Cancel);
        }
        catch (ProductException)
        {
            await stores.Database.DisposeAsync();
            throw;
        }

        return new Node(stores);
    }

    Task CutAsync() => Data.ExecuteAsync(
        $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{Data.Schema}' AND pid <> pg_backend_pid()");

    sealed record Node(Stores Stores) : IAsyncDisposable
    {
        public Coordinator.Sessions.ISessionStore Sessions => Stores.Sessions;

        public Coordinator.Runs.IRunStore Runs => Stores.Runs;

        public Coordinator.Agents.IAgentStore Agents => Stores.Agents;

        public ValueTask DisposeAsync() => Stores.Database.DisposeAsync();
    }
}
