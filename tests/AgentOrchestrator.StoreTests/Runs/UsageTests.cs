using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.StoreTests.Runs;

public abstract class UsageTests(StoreFixture fixture) : RunTest(fixture)
{
    static readonly UsageTotals s_none = new(1, 0, 0, 0, 0, 0, 0, 0, 0, null);

    [Fact]
    public async Task A_session_adds_up_its_own_runs_and_those_of_all_below_it()
    {
        await RegisterAsync();
        var parent = await RunningAsync("parent");
        await EnqueueAsync(StartChild("child", parent.SessionId));
        var child = await TakeAsync();
        await EnqueueAsync(StartChild("grandchild", child.SessionId));
        await EndAsync(await TakeAsync(), Used(input: 1_000, output: 10, cost: 0.3m));
        await EndAsync(child, Used(input: 200, output: 20, cost: 0.1m, cached: 7));
        await EndAsync(parent, Used(input: 30, output: 40, cost: 0.2m));
        await QueueAsync("stranger");

        var usage = await Runs.SumUsageAsync(Org, parent.SessionId, Cancel);

        // The callback of the child has queued a further run of each parent.
        Assert.Equal((1, 1, 30, 40, 0.2m), (usage.Own.Sessions, usage.Own.MeasuredRuns, usage.Own.InputTokens, usage.Own.OutputTokens, usage.Own.CostUsd));
        Assert.Equal(
            (3, 3, 1_230, 70, 7, 0.6m),
            (usage.Tree.Sessions, usage.Tree.MeasuredRuns, usage.Tree.InputTokens, usage.Tree.OutputTokens, usage.Tree.CachedInputTokens, usage.Tree.CostUsd));
    }

    [Fact]
    public async Task Nobody_invents_a_price()
    {
        await RegisterAsync();
        var first = await RunningAsync("one");
        await EndAsync(first, Used(input: 100, output: 10, cost: null));
        Assert.Equal(new UsageTotals(1, 1, 1, 1, 100, 0, 0, 10, 0, null), (await Runs.SumUsageAsync(Org, first.SessionId, Cancel)).Own);

        await EnqueueAsync(Resume("one"));
        await EndAsync(await TakeAsync(), Used(input: 1, output: 1, cost: 0.000_001m));

        Assert.Equal(new UsageTotals(1, 2, 2, 1, 101, 0, 0, 11, 0, 0.000_001m), (await Runs.SumUsageAsync(Org, first.SessionId, Cancel)).Own);
    }

    [Fact]
    public async Task What_told_nothing_adds_nothing()
    {
        await RegisterAsync();
        var run = await RunningAsync("one");
        await EndAsync(run, Completed);

        Assert.Equal(s_none with { Runs = 1 }, (await Runs.SumUsageAsync(Org, run.SessionId, Cancel)).Tree);
    }

    static RunEnd Used(long input, long output, decimal? cost, long? cached = null) => Completed with
    {
        Usage = new RunUsage { InputTokens = input, OutputTokens = output, CachedInputTokens = cached, CostUsd = cost, Model = "m" },
    };
}

public sealed class SqliteUsageTests() : UsageTests(new SqliteFixture());

public sealed class PostgresUsageTests() : UsageTests(new PostgresFixture());
