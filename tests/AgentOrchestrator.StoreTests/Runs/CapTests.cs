using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.StoreTests.Runs;

/// <summary>Caps of the whole server (4 here) and of an org (3 here), which orgs share.</summary>
public abstract class CapTests(StoreFixture fixture) : RunTest(fixture)
{
    protected static readonly CoordinatorOptions Options = new() { MaxLiveRuns = 4, MaxLiveRunsPerOrg = 3 };

    const string Other = "other";

    [Fact]
    public async Task An_org_at_its_cap_claims_nothing_until_a_run_ends()
    {
        await RegisterAsync();
        for (var i = 0; i < 5; i++)
        {
            await QueueAsync($"s{i}");
        }

        var first = (await ClaimAsync())!;
        Assert.NotNull(await ClaimAsync());
        Assert.NotNull(await ClaimAsync());
        Assert.Null(await ClaimAsync());
        var load = await Runs.ReadLoadAsync(Org, Cancel);
        Assert.Equal((3, 3), (load.Live, load.LiveOfOrg));

        Sink.Clear();
        await EndAsync(first, Completed);

        await Sink.WaitForAsync<RunClaimable>();
        Assert.NotNull(await ClaimAsync());
        Assert.Null(await ClaimAsync());
    }

    [Fact]
    public async Task Orgs_share_the_places_of_the_server_and_a_late_one_gets_its_first_at_once()
    {
        await RegisterAsync();
        for (var i = 0; i < 50; i++)
        {
            await QueueAsync($"s{i}");
        }

        Assert.NotNull(await ClaimAsync());
        Assert.NotNull(await ClaimAsync());
        await RegisterAsync(RunnerOf("lnch_other") with { Org = Other });
        await QueueOtherAsync("o1");
        await QueueOtherAsync("o2");
        await QueueOtherAsync("o3");

        // Two of four are taken; the third may be anybody's, the fourth is kept for the org that has none.
        Assert.NotNull(await ClaimAsync());
        Assert.Null(await ClaimAsync());
        Assert.NotNull(await ClaimOtherAsync());
        Assert.Null(await ClaimOtherAsync());
        var load = await Runs.ReadLoadAsync(Other, Cancel);
        Assert.Equal((4, 1), (load.Live, load.LiveOfOrg));
    }

    [Fact]
    public async Task One_run_beside_a_thousand_of_another_org_has_the_next_place_but_one()
    {
        await RegisterAsync();
        await RegisterAsync(RunnerOf("lnch_other") with { Org = Other });
        for (var i = 0; i < 1_000; i++)
        {
            await QueueAsync($"s{i}");
        }

        var live = new Queue<Run>();
        for (var i = 0; i < 200; i++)
        {
            while (await ClaimAsync() is { } claimed)
            {
                live.Enqueue(claimed);
            }

            await EndAsync(live.Dequeue(), Completed);
        }

        Time.Advance(TimeSpan.FromHours(1));
        await QueueOtherAsync("o1");

        // Half of the places are its fair share: it may have to see one claim of the others, and no more.
        var before = 0;
        while (await ClaimOtherAsync() is null && before < 10)
        {
            before += await ClaimAsync() is { } taken ? 1 : 0;
            await EndAsync(live.Dequeue(), Completed);
        }

        Assert.InRange(before, 0, 1);
    }

    [Fact]
    public async Task An_org_without_a_runner_keeps_no_place_free()
    {
        await RegisterAsync();
        await QueueOtherAsync("o1");
        for (var i = 0; i < 3; i++)
        {
            await QueueAsync($"s{i}");
            Assert.NotNull(await ClaimAsync());
        }
    }

    [Fact]
    public async Task Claims_at_one_moment_do_not_pass_the_caps()
    {
        for (var i = 0; i < 8; i++)
        {
            await RegisterAsync($"lnch_{i}");
            await RegisterAsync(RunnerOf($"lnch_o{i}") with { Org = Other });
            await QueueAsync($"s{i}");
            await QueueOtherAsync($"o{i}");
        }

        var claims = await Task.WhenAll(
            Enumerable.Range(0, 8).SelectMany(i => new[] { ClaimAsync($"lnch_{i}"), ClaimOtherAsync($"lnch_o{i}") }));

        Assert.Equal(4, claims.Count(claim => claim is not null));
        Assert.InRange(claims.Count(claim => claim?.Org == Org), 1, 3);
    }

    async Task QueueOtherAsync(string name)
    {
        var start = Start(name);
        await EnqueueAsync(start with { Org = Other, Session = start.Session! with { Org = Other } });
    }

    async Task<Run?> ClaimOtherAsync(string runnerId = "lnch_other") =>
        (await Runs.ClaimAsync(new ClaimRequest { Org = Other, RunnerId = runnerId, RunTokenHash = Ids.New("", 64) }, Cancel))?.Run;
}

public sealed class SqliteCapTests() : CapTests(new SqliteFixture { Options = Options });

public sealed class PostgresCapTests() : CapTests(new PostgresFixture { Options = Options });
