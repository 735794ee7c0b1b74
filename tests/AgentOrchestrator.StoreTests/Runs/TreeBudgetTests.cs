using System.Globalization;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.StoreTests.Runs;

/// <summary>What all runs of a tree used together bounds what its agents start.</summary>
public abstract class TreeBudgetTests(StoreFixture fixture) : RunTest(fixture)
{
    public static readonly CoordinatorOptions Poor = new() { MaxTreeCostUsd = 0.5m, MaxTreeTokens = 1_000 };

    [Theory]
    [InlineData(999, "0.499999", false)]
    [InlineData(1, "0.5", true)]
    [InlineData(1_000, null, true)]
    public async Task A_tree_that_has_used_up_its_budget_starts_nothing_more(long tokens, string? cost, bool isUsedUp)
    {
        await RegisterAsync();
        await RunningAsync("root");
        await EnqueueAsync(StartChild("child", "root", ExecutionMode.AsyncPoll));
        await EndAsync(await TakeAsync(), Used(tokens, cost is null ? null : decimal.Parse(cost, CultureInfo.InvariantCulture)));

        if (isUsedUp)
        {
            Assert.Equal("tree_limit", (await RefusedAsync(ErrorCode.LimitExceeded, () => EnqueueAsync(StartChild("next", "root")))).Reason);
            await RefusedAsync(ErrorCode.LimitExceeded, () => EnqueueAsync(StartChild("below", "child")));
            await RefusedAsync(ErrorCode.LimitExceeded, () => EnqueueAsync(Resume("child") with { Parent = "root" }));
            Assert.Null(await Sessions.FindAsync(Org, "next", Cancel));
        }
        else
        {
            await EnqueueAsync(StartChild("next", "root"));
        }

        // People and other trees go on.
        await EnqueueAsync(Resume("child"));
        await QueueAsync("another");
        await EnqueueAsync(StartChild("another-child", "another"));
    }

    static RunEnd Used(long tokens, decimal? cost) => Completed with
    {
        Usage = new RunUsage { InputTokens = tokens - 1, OutputTokens = 1, CostUsd = cost, Model = "m" },
    };
}

public sealed class SqliteTreeBudgetTests() : TreeBudgetTests(new SqliteFixture { Options = Poor });

public sealed class PostgresTreeBudgetTests() : TreeBudgetTests(new PostgresFixture { Options = Poor });
