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

    static bool IsEnd(string type) => type is EventTypes.RunCompleted or EventTypes.RunFailed or EventTypes.RunStopped;
}

public sealed class SqliteRunRaceTests() : RunRaceTests(new SqliteFixture());

public sealed class PostgresRunRaceTests() : RunRaceTests(new PostgresFixture());
