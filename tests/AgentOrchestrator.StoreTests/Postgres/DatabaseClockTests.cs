using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.StoreTests.Runs;

namespace AgentOrchestrator.StoreTests.Postgres;

/// <summary>With the database's clock, as in production; the other tests set the time themselves.</summary>
public sealed class DatabaseClockTests() : RunTest(new PostgresFixture { UsesDatabaseClock = true })
{
    PostgresFixture Data => (PostgresFixture)Fixture;

    [Fact]
    public async Task A_whole_life_has_the_times_of_the_database()
    {
        var before = DateTimeOffset.UtcNow - TimeSpan.FromSeconds(1);
        await RegisterAsync();
        var running = await RunningAsync("one");
        await Runs.AppendOutputAsync(LeaseOf(running), 1, [Message("hello")], Cancel);
        await Runs.RenewAsync(Org, "lnch_1", null, Cancel);
        var ended = await EndAsync(running, Completed);
        var after = DateTimeOffset.UtcNow + TimeSpan.FromSeconds(1);

        DateTimeOffset?[] times = [ended.CreatedAt, ended.ClaimedAt, ended.StartedAt, ended.CompletedAt];
        Assert.Equal(times.Order(), times);
        Assert.All(times, time => Assert.InRange(time!.Value, before, after));
        Assert.InRange(running.LeaseUntil!.Value, before + TimeSpan.FromSeconds(30), after + TimeSpan.FromSeconds(30));
        Assert.All(await LogAsync("one"), entry => Assert.InRange(entry.RecordedAt, before, after));
    }

    [Fact]
    public async Task Only_a_lease_that_has_ended_is_reaped()
    {
        await RegisterAsync();
        var claim = ClaimBy("lnch_1");
        await QueueAsync("one");
        var run = (await Runs.ClaimAsync(claim, Cancel))!.Run;
        Assert.NotNull(await Runs.FindByTokenAsync(claim.RunTokenHash, Cancel));
        Assert.True((await Runs.ReapAsync(10, Cancel)).IsEmpty);

        await Data.ExecuteAsync("UPDATE runs SET lease_until = lease_until - interval '1 minute'");

        Assert.Null(await Runs.FindByTokenAsync(claim.RunTokenHash, Cancel));
        Assert.Equal(1, (await Runs.ReapAsync(10, Cancel)).Requeued);
        Assert.Equal(RunStatus.Pending, (await FoundAsync(run.RunId)).Status);
    }

    [Fact]
    public async Task The_other_verbs_need_no_clock_of_ours()
    {
        await RegisterAsync();
        var key = new IdempotencyKey(Org, "person:owner", "k", "h");
        var created = await Sessions.CreateAsync(new() { Org = Org, SessionId = "ses_1", Name = "one" }, key, Cancel);
        Assert.True((await Sessions.CreateAsync(new() { Org = Org, SessionId = "ses_1", Name = "one" }, key, Cancel)).IsReplay);
        Assert.InRange(created.Value.CreatedAt, DateTimeOffset.UtcNow - TimeSpan.FromMinutes(1), DateTimeOffset.UtcNow + TimeSpan.FromSeconds(1));
        await Sessions.UpdateAsync(Org, "one", new() { Hostname = "h" }, Cancel);
        await Runs.StopSessionAsync(Org, "one", "person:owner", wholeTree: false, Cancel);
        await Runs.TakeStopsAsync(Org, "lnch_1", Cancel);
        await Runs.RecoverAsync(Coordinator.Runs.RecoveryMode.Stale, Cancel);
        await Agents.SaveAsync(Org, "writer", "d", "{}", Cancel);
        await Agents.DeleteAsync(Org, "writer", Cancel);
        Assert.True(await Runners.TouchAsync(Org, "lnch_1", Cancel));
        Assert.Equal(0, await Runners.RemoveSilentAsync(TimeSpan.FromMinutes(10), 100, Cancel));
        Assert.NotNull((await Runners.RegisterAsync(RunnerOf("lnch_1") with { InstanceId = "2" }, TimeSpan.FromSeconds(15), Cancel)).Holder);
        Assert.True(await Runners.RemoveAsync(Org, "lnch_1", Cancel));
        Assert.NotNull(await Sessions.DeleteAsync(Org, "one", Cancel));
    }

    /// <summary>A request whose outcome was cut off is sent again with its key, as clients do.</summary>
    [Fact]
    public async Task Nothing_is_lost_or_doubled_while_connections_are_cut()
    {
        await Sessions.CreateAsync(new() { Org = Org, SessionId = "ses_1", Name = "one" }, key: null, Cancel);
        using var done = new CancellationTokenSource();
        var cutting = CutUntilAsync(done.Token);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async writer =>
        {
            for (var i = 0; i < 25; i++)
            {
                await AppendUntilAckedAsync($"{writer}-{i}");
            }
        }));
        await done.CancelAsync();
        await cutting;

        var log = await LogAsync("one");
        Assert.Equal(Enumerable.Range(1, 200).Select(seq => (long)seq), log.Select(entry => entry.Seq));
        Assert.Equal(200, log.Select(entry => entry.Timestamp).Distinct().Count());
    }

    async Task AppendUntilAckedAsync(string word)
    {
        var entry = Message(word) with { Timestamp = word };
        var key = new IdempotencyKey(Org, "person:owner", word, word);
        while (true)
        {
            try
            {
                await Sessions.AppendAsync(Org, "ses_1", [entry], create: null, key, Cancel);
                return;
            }
            catch (ProductException refusal) when (refusal.Code == ErrorCode.Unavailable)
            {
                Cancel.ThrowIfCancellationRequested();
            }
        }
    }

    async Task CutUntilAsync(CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            await Data.ExecuteAsync(
                $"""
                SELECT pg_sleep(0.02), pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE application_name = '{Data.Schema}' AND pid <> pg_backend_pid() LIMIT 3
                """);
        }
    }
}
