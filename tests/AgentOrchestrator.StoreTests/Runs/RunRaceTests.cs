using System.Collections.Concurrent;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.StoreTests.Runs;

/// <summary>Claims, reports, stops and the end of a lease in the same instant: one wins, and everybody who was told otherwise is wrong.</summary>
public abstract class RunRaceTests(StoreFixture fixture) : RunTest(fixture)
{
    static readonly int s_races = Environment.GetEnvironmentVariable("TEST_LEVEL") is "full" ? 1_000 : 60;

    [Fact]
    public async Task Of_all_who_end_a_run_at_once_one_wins()
    {
        await RegisterAsync();
        var random = new Random(20_261_122);
        for (var race = 0; race < s_races; race++)
        {
            var run = await RunningAsync($"race-{race}");
            if (random.Next(2) == 0)
            {
                // Past its lease, a report may still come before the reaper.
                Time.Advance(TimeSpan.FromSeconds(31));
            }

            var told = await AtOnceAsync(
                random,
                ReportAsync(run, Completed),
                ReportAsync(run, Failed),
                ReportAsync(run, Stopped),
                async () => await NothingAsync(Runs.StopAsync(Org, run.RunId, "person:owner", Cancel)),
                async () => await NothingAsync(Runs.ReapAsync(100, Cancel)),
                async () => await NothingAsync(Runs.RenewAsync(Org, "lnch_1", [new(run.RunId, run.Fence)], Cancel)));
            await FinishAsync(run);

            var ended = await FoundAsync(run.RunId);
            Assert.All(told, status => Assert.Equal(ended.Status, status));
            Assert.InRange(told.Count, 0, 1);
            Assert.Single(await LogTypesAsync($"race-{race}"), IsEnd);
        }
    }

    [Fact]
    public async Task Of_all_who_claim_start_and_end_a_run_at_once_one_has_it()
    {
        await RegisterAsync(RunnerOf("lnch_1") with { AcknowledgesClaims = true });
        await RegisterAsync(RunnerOf("lnch_2") with { AcknowledgesClaims = true });
        var random = new Random(20_261_123);
        for (var race = 0; race < s_races / 4; race++)
        {
            await QueueAsync($"live-{race}");
            var first = (await ClaimAsync())!;
            if (random.Next(2) == 0)
            {
                // It was not acknowledged in time, and may be offered again.
                Time.Advance(TimeSpan.FromSeconds(11));
            }

            var isStopped = random.Next(4) == 0;
            var (claims, started) = (new ConcurrentBag<Run> { first }, new ConcurrentBag<Run>());
            var told = await AtOnceAsync(
                random,
                StartAsync(first, started),
                ReportAsync(first, Completed),
                async () => await NothingAsync(Runs.ReapAsync(100, Cancel)),
                async () => await NothingAsync(Runs.ReleaseAsync(LeaseOf(first), Cancel)),
                async () => await NothingAsync(Runs.RenewAsync(Org, "lnch_1", [new(first.RunId, first.Fence)], Cancel)),
                TakeAsync("lnch_1", Failed, claims, started),
                TakeAsync("lnch_2", Completed, claims, started),
                TakeAsync("lnch_2", end: null, claims, started),
                async () => await NothingAsync(isStopped ? Runs.StopAsync(Org, first.RunId, "person:owner", Cancel) : Task.CompletedTask));
            await SettleAsync(first, claims);

            var ended = await FoundAsync(first.RunId);
            var log = await LogTypesAsync($"live-{race}");
            Assert.All(told, status => Assert.Equal(ended.Status, status));
            Assert.InRange(told.Count, 0, 1);
            Assert.Single(log, IsEnd);
            Assert.InRange(started.Select(run => run.Fence).Distinct().Count(), 0, 1);
            Assert.InRange(log.Count(type => type is EventTypes.RunStart), started.IsEmpty ? 0 : 1, 1);
            Assert.Equal(Enumerable.Range(1, claims.Count).Select(n => (long)n), claims.Select(run => run.Fence).Order());
            Assert.InRange(claims.Count - log.Count(type => type is EventTypes.RunRequeued), 0, 1);
        }
    }

    [Fact]
    public async Task Of_all_who_claim_a_run_at_once_one_gets_it()
    {
        string[] runners = ["lnch_1", "lnch_2", "lnch_3", "lnch_4"];
        foreach (var runner in runners)
        {
            await RegisterAsync(runner);
        }

        for (var race = 0; race < s_races; race++)
        {
            var queued = await QueueAsync($"claim-{race}");
            var claims = await Task.WhenAll(runners.Select(runner => Task.Run(() => ClaimAsync(runner))));

            var claim = Assert.Single(claims, one => one is not null)!;
            Assert.Equal((queued.RunId, 1L), (claim.RunId, claim.Fence));
            await EndAsync(claim, Completed);
        }
    }

    Func<Task<RunStatus?>> ReportAsync(Run run, RunEnd end) => async () => (await EndAsync(run, end)).Status;

    Func<Task<RunStatus?>> StartAsync(Run run, ConcurrentBag<Run> started) => async () =>
    {
        started.Add(await Runs.StartAsync(LeaseOf(run), null, null, Cancel));
        return null;
    };

    /// <param name="end">Null for a runner that is not heard of again.</param>
    Func<Task<RunStatus?>> TakeAsync(string runner, RunEnd? end, ConcurrentBag<Run> claims, ConcurrentBag<Run> started) => async () =>
    {
        if (await ClaimAsync(runner) is not { } claim)
        {
            return null;
        }

        claims.Add(claim);
        await StartAsync(claim, started)();
        return end is null ? null : await ReportAsync(claim, end)();
    };

    static async Task<RunStatus?> NothingAsync(Task act)
    {
        await act;
        return null;
    }

    /// <summary>The ends that reporters were told of, those who were refused left out.</summary>
    static async Task<IReadOnlyList<RunStatus>> AtOnceAsync(Random random, params Func<Task<RunStatus?>>[] acts)
    {
        random.Shuffle(acts);
        var told = await Task.WhenAll(acts.Select(act => Task.Run(async () =>
        {
            try
            {
                return await act();
            }
            catch (ProductException refusal) when (refusal.Code is ErrorCode.Conflict)
            {
                return null;
            }
        })));
        return [.. told.OfType<RunStatus>()];
    }

    /// <summary>A run that nobody ended is stopping, or lives on: its lease ends it.</summary>
    async Task FinishAsync(Run run)
    {
        if (RunMoves.IsLive((await FoundAsync(run.RunId)).Status))
        {
            Time.Advance(TimeSpan.FromSeconds(62));
            await Runs.ReapAsync(100, Cancel);
        }
    }

    /// <summary>A run that nobody ended lives on until its lease is over; one that nobody has is taken to its end.</summary>
    async Task SettleAsync(Run run, ConcurrentBag<Run> claims)
    {
        await FinishAsync(run);
        if (await ClaimAsync() is { } left)
        {
            claims.Add(left);
            await EndAsync(left, Completed);
        }
    }

    static bool IsEnd(string type) => type is EventTypes.RunCompleted or EventTypes.RunFailed or EventTypes.RunStopped;
}

public sealed class SqliteRunRaceTests() : RunRaceTests(new SqliteFixture());

public sealed class PostgresRunRaceTests() : RunRaceTests(new PostgresFixture());
