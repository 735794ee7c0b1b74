using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.StoreTests.Runs;

/// <summary>Claims, reports, stops, releases, renewals, reaping and reads of one run at once: some order of them explains every answer.</summary>
public abstract class LinearizableRunTests(StoreFixture fixture) : RunTest(fixture)
{
    const int SideBySide = 8;
    const int Clients = 3;
    const int ActsOfEach = 4;

    static readonly int s_races = Environment.GetEnvironmentVariable("TEST_LEVEL") is "full" ? 1_000 : 80;

    [Fact]
    public async Task Every_race_has_an_order_that_explains_it()
    {
        var random = new Random(20_261_124);
        for (var first = 0; first < s_races; first += SideBySide)
        {
            var isOver = random.Next(2) == 0;
            var seeds = Enumerable.Range(first, SideBySide).Select(race => (Race: race, Seed: random.Next())).ToList();
            var races = await Task.WhenAll(seeds.Select(of => PrepareAsync(of.Race, new Random(of.Seed))));
            if (isOver)
            {
                // Every lease of before; those that are given meanwhile are not.
                Time.Advance(TimeSpan.FromSeconds(31));
            }

            await Task.WhenAll(races.SelectMany(race => Enumerable.Range(0, Clients).Select(client => Task.Run(() => ActAsync(race, races, new Random(race.Seed + client))))));
            foreach (var race in races)
            {
                await race.History.NoteAsync(() => ReadAsync(race.Run));
                Assert.True(
                    Linearizability.Holds(new RunSpec(race.Run.Status, 1, isOver), race.History.Acts),
                    $"race {race.Run.Org}, {(isOver ? "after" : "within")} its lease of {race.Run.Status}:\n{string.Join('\n', race.History.Acts.OrderBy(act => act.Begun))}");
            }
        }
    }

    async Task<Race> PrepareAsync(int race, Random random)
    {
        var org = $"race-{race}";
        foreach (var runner in (string[])["lnch_1", "lnch_2"])
        {
            await RegisterAsync(RunnerOf(runner) with { Org = org, AcknowledgesClaims = true });
        }

        var start = Start("raced");
        await EnqueueAsync(start with { Org = org, Session = start.Session! with { Org = org } });
        var run = (await ClaimAsync(org, "lnch_1"))!;
        return new Race(random.Next(2) == 0 ? run : await Runs.StartAsync(Lease(run), null, null, Cancel), random.Next(), new RunHistory());
    }

    async Task ActAsync(Race race, Race[] all, Random random)
    {
        var mine = race.Run;
        for (var i = 0; i < ActsOfEach; i++)
        {
            var chosen = random.Next(12);
            var act = await race.History.NoteAsync(() => chosen switch
            {
                0 or 1 or 2 => TakeAsync(race.Run.Org, random.Next(2) == 0 ? "lnch_1" : "lnch_2", claimed => mine = claimed),
                3 or 4 => StartAsync(mine),
                5 => ReportAsync(mine, Completed),
                6 => ReportAsync(mine, Failed),
                7 => StopAsync(mine),
                8 => ReapAsync(),
                9 => ReleaseAsync(mine),
                10 => RenewAsync(mine),
                _ => ReadAsync(mine),
            });
            foreach (var other in all.Where(other => act.Verb == RunVerb.Reap && other != race))
            {
                // It reaps whatever is due.
                other.History.Add(act);
            }
        }
    }

    async Task<RunAct> TakeAsync(string org, string runner, Action<Run> take)
    {
        if (await ClaimAsync(org, runner) is not { } claimed)
        {
            return new RunAct(RunVerb.Claim);
        }

        take(claimed);
        return new RunAct(RunVerb.Claim, claimed.Fence);
    }

    Task<RunAct> StartAsync(Run run) => AskAsync(
        new RunAct(RunVerb.Start, run.Fence), async act => act with { Told = (await Runs.StartAsync(Lease(run), null, null, Cancel)).Status });

    Task<RunAct> ReportAsync(Run run, RunEnd end) => AskAsync(
        new RunAct(RunVerb.End, run.Fence, end.Status), async act => act with { Told = (await Runs.EndAsync(Lease(run), end, Cancel)).Status });

    async Task<RunAct> StopAsync(Run run) =>
        new(RunVerb.Stop, Told: (await Runs.StopAsync(run.Org, run.RunId, "person:owner", Cancel))!.Before);

    async Task<RunAct> ReapAsync()
    {
        await Runs.ReapAsync(100, Cancel);
        return new RunAct(RunVerb.Reap);
    }

    async Task<RunAct> ReleaseAsync(Run run)
    {
        await Runs.ReleaseAsync(Lease(run), Cancel);
        return new RunAct(RunVerb.Release, run.Fence);
    }

    async Task<RunAct> RenewAsync(Run run)
    {
        var renewed = await Runs.RenewAsync(run.Org, run.RunnerId!, [new(run.RunId, run.Fence)], Cancel);
        return new RunAct(RunVerb.Renew, run.Fence, IsRefused: renewed.LostRuns.Count > 0);
    }

    async Task<RunAct> ReadAsync(Run run)
    {
        var found = (await Runs.FindAsync(run.Org, run.RunId, Cancel))!;
        return new RunAct(RunVerb.Read, Told: found.Status, ToldFence: found.Fence);
    }

    static async Task<RunAct> AskAsync(RunAct act, Func<RunAct, Task<RunAct>> ask)
    {
        try
        {
            return await ask(act);
        }
        catch (ProductException refusal) when (refusal.Code is ErrorCode.Conflict)
        {
            return act with { IsRefused = true };
        }
    }

    async Task<Run?> ClaimAsync(string org, string runner) =>
        (await Runs.ClaimAsync(new ClaimRequest { Org = org, RunnerId = runner, RunTokenHash = Ids.New("", 64) }, Cancel))?.Run;

    static LeaseRef Lease(Run run) => new(run.Org, run.RunId, run.RunnerId!, run.Fence);

    /// <param name="Run">As it stood when the race began.</param>
    sealed record Race(Run Run, int Seed, RunHistory History);
}

public sealed class SqliteLinearizableRunTests() : LinearizableRunTests(new SqliteFixture());

public sealed class PostgresLinearizableRunTests() : LinearizableRunTests(new PostgresFixture());
