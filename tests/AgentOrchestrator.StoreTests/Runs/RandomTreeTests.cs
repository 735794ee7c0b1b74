using System.Globalization;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.StoreTests.Runs;

/// <summary>Agents that start agents at random, in trees beside each other: what is refused is just what the bounds of a tree say.</summary>
/// <remarks><c>TEST_TREES=10000</c> is the long form. Each tree has its number as seed.</remarks>
public abstract class RandomTreeTests(StoreFixture fixture, int trees) : RunTest(fixture)
{
    const int Acts = 14;
    const int SideBySide = 32;

    protected static readonly CoordinatorOptions Bounds = new() { MaxTreeDepth = 3, MaxLiveChildren = 3, MaxTreeDescendants = 7, MaxTreeTokens = 1_000 };

    static readonly bool s_isFull = Environment.GetEnvironmentVariable("TEST_LEVEL") is "full";

    [Fact]
    public async Task Depth_width_total_and_budget_hold_exactly()
    {
        var seeds = Enumerable.Range(1, int.TryParse(Environment.GetEnvironmentVariable("TEST_TREES"), CultureInfo.InvariantCulture, out var asked) ? asked : s_isFull ? trees : trees / 20);
        await Parallel.ForEachAsync(
            seeds, new ParallelOptions { MaxDegreeOfParallelism = SideBySide, CancellationToken = Cancel }, async (seed, _) => await GrowAsync(seed));
    }

    async Task GrowAsync(int seed)
    {
        var (random, org) = (new Random(seed), $"tree-{seed}");
        await RegisterAsync(RunnerOf("lnch_1") with { Org = org });
        var tree = new Tree();
        await EnqueueAsync(Of(org, Start("n0")));
        for (var act = 0; act < Acts; act++)
        {
            switch (random.Next(7))
            {
                case 0 or 1:
                    await EndAsync(org, random, tree);
                    break;
                case 2:
                    var (to, by) = (tree.Pick(random), tree.Pick(random));
                    await AskAsync(tree.MayResume(to, by), Resume(to.Name) with { Parent = by.Name }, () => to.Queued++);
                    break;
                default:
                    var parent = tree.Pick(random);
                    var child = StartChild($"n{tree.Count}", parent.Name, ExecutionMode.AsyncPoll);
                    await AskAsync(tree.MayStart(parent), child, () => tree.Add(parent));
                    break;
            }
        }

        async Task AskAsync(ErrorCode? expected, NewRun run, Action took)
        {
            ErrorCode? refused = null;
            try
            {
                await EnqueueAsync(Of(org, run));
                took();
            }
            catch (ProductException refusal)
            {
                refused = refusal.Code;
            }

            Assert.True(expected == refused, $"seed {seed}: {refused?.ToString() ?? "taken"} instead of {expected?.ToString() ?? "taken"} for {run.Type} below {run.Parent ?? run.Session?.Parent} in {tree}");
        }
    }

    async Task EndAsync(string org, Random random, Tree tree)
    {
        if (await Runs.ClaimAsync(new ClaimRequest { Org = org, RunnerId = "lnch_1", RunTokenHash = Ids.New("", 64) }, Cancel) is { Run: var run })
        {
            var tokens = random.Next(300);
            await Runs.EndAsync(
                new LeaseRef(org, run.RunId, "lnch_1", run.Fence), Completed with { Usage = new RunUsage { InputTokens = tokens, OutputTokens = 0, Model = "m" } }, Cancel);
            tree.End(run.SessionName, tokens);
        }
    }

    static NewRun Of(string org, NewRun run) => run with { Org = org, Session = run.Session is { } session ? session with { Org = org } : null };

    /// <summary>The tree as it should be.</summary>
    sealed class Tree
    {
        readonly List<Node> _nodes = [new("n0", null)];
        long _tokens;

        public int Count => _nodes.Count;

        public Node Pick(Random random) => _nodes[random.Next(_nodes.Count)];

        public void Add(Node parent) => _nodes.Add(new Node($"n{Count}", parent));

        public void End(string name, long tokens)
        {
            _nodes.Single(node => node.Name == name).Queued--;
            _tokens += tokens;
        }

        public ErrorCode? MayStart(Node parent) =>
            IsFull(parent) || parent.Generation >= Bounds.MaxTreeDepth || Count > Bounds.MaxTreeDescendants ? ErrorCode.LimitExceeded : null;

        // To oneself it is a message like another's; to what stands above, nobody below may wait for it.
        public ErrorCode? MayResume(Node to, Node by) => to == by ? null
            : by.IsBelow(to) ? ErrorCode.Conflict
            : to.Queued == 0 && IsFull(by) ? ErrorCode.LimitExceeded
            : null;

        bool IsFull(Node parent) =>
            _nodes.Count(node => node.Parent == parent && node.Queued > 0) >= Bounds.MaxLiveChildren || _tokens >= Bounds.MaxTreeTokens;

        public override string ToString() =>
            string.Join(' ', _nodes.Select(node => $"{node.Name}<{node.Parent?.Name}({node.Queued})")) + $" with {_tokens} tokens";
    }

    sealed class Node(string name, Node? parent)
    {
        public string Name => name;

        public Node? Parent => parent;

        public int Generation { get; } = parent is null ? 0 : parent.Generation + 1;

        public int Queued { get; set; } = 1;

        public bool IsBelow(Node other) => parent is not null && (parent == other || parent.IsBelow(other));
    }
}

public sealed class SqliteRandomTreeTests() : RandomTreeTests(new SqliteFixture { Options = Bounds }, trees: 1_000);

public sealed class PostgresRandomTreeTests() : RandomTreeTests(new PostgresFixture { Options = Bounds }, trees: 100);
