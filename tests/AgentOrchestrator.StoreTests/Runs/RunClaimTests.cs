using System.Collections.Concurrent;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.StoreTests.Runs;

public abstract class RunClaimTests(StoreFixture fixture) : RunTest(fixture)
{
    [Fact]
    public async Task A_claim_takes_the_oldest_run_with_a_raised_fence_and_a_lease()
    {
        await RegisterAsync();
        var first = await QueueAsync("one");
        await QueueAsync("two");

        var claimed = (await ClaimAsync())!;

        Assert.Equal((first.RunId, RunStatus.Claimed, "lnch_1"), (claimed.RunId, claimed.Status, claimed.RunnerId));
        Assert.Equal((1L, 1), (claimed.Fence, claimed.Attempt));
        Assert.Equal(Time.GetUtcNow(), claimed.ClaimedAt);
        Assert.Equal(Time.GetUtcNow() + TimeSpan.FromSeconds(30), claimed.LeaseUntil);
        Assert.Equal(SessionStatus.Running, await StatusAsync("one"));
        Assert.Equal(SessionStatus.Pending, await StatusAsync("two"));
    }

    [Fact]
    public async Task A_runner_that_acknowledges_claims_has_ten_seconds_to_start()
    {
        await RegisterAsync(RunnerOf("lnch_1") with { AcknowledgesClaims = true });
        await QueueAsync("one");

        Assert.Equal(Time.GetUtcNow() + TimeSpan.FromSeconds(10), (await ClaimAsync())!.LeaseUntil);
    }

    [Fact]
    public async Task Nothing_is_claimed_by_an_unknown_runner_or_from_an_empty_queue()
    {
        Assert.Null(await ClaimAsync("nobody"));
        await RegisterAsync();
        Assert.Null(await ClaimAsync());
        await QueueAsync("one");
        Assert.Null(await ClaimAsync("nobody"));
    }

    [Fact]
    public async Task Runs_of_one_session_are_claimed_in_order_and_never_beside_each_other()
    {
        await RegisterAsync();
        var first = await QueueAsync("one");
        var second = await EnqueueAsync(Resume("one"));
        var third = await EnqueueAsync(Resume("one"));

        foreach (var expected in new[] { first, second, third })
        {
            var claimed = (await ClaimAsync())!;
            Assert.Equal(expected.RunId, claimed.RunId);
            Assert.Null(await ClaimAsync());
            await Runs.StartAsync(LeaseOf(claimed), null, null, Cancel);
            Assert.Null(await ClaimAsync());
            await EndAsync(claimed, Completed);
        }

        Assert.Equal(SessionStatus.Finished, await StatusAsync("one"));
    }

    [Fact]
    public async Task A_run_that_was_given_back_stays_first_in_its_session()
    {
        await RegisterAsync();
        var first = await QueueAsync("one");
        await EnqueueAsync(Resume("one"));
        await Runs.ReleaseAsync(LeaseOf((await ClaimAsync())!), Cancel);

        var again = (await ClaimAsync())!;

        Assert.Equal((first.RunId, 2L, 2), (again.RunId, again.Fence, again.Attempt));
    }

    [Theory]
    [InlineData(null, "", true)]
    [InlineData(null, "chat", true)]
    [InlineData("claude-code", "", true)]
    [InlineData("chat", "", false)]
    [InlineData("chat", "claude-code,chat", true)]
    [InlineData("chat", "claude-code", false)]
    [InlineData("claude-code", "chat", false)]
    public async Task A_run_goes_to_a_runner_with_its_executor(string? executor, string executors, bool isTaken)
    {
        await RegisterAsync(RunnerOf("lnch_1") with { Executors = executors.Split(',', StringSplitOptions.RemoveEmptyEntries) });
        await EnqueueAsync(Start("one") with { Executor = executor });

        Assert.Equal(isTaken, await ClaimAsync() is not null);
    }

    public static TheoryData<Demands, bool> Demanded() => new()
    {
        { new Demands { Hostname = "h1" }, true },
        { new Demands { Hostname = "h2" }, false },
        { new Demands { ProjectDir = "/p" }, true },
        { new Demands { ProjectDir = "/p/" }, false },
        { new Demands { ExecutorType = "claude-code" }, true },
        { new Demands { ExecutorType = "chat" }, true },
        { new Demands { ExecutorType = "acp" }, false },
        { new Demands { Tags = ["a"] }, true },
        { new Demands { Tags = ["b", "a"] }, true },
        { new Demands { Tags = ["a", "c"] }, false },
        { new Demands { Hostname = "h1", ProjectDir = "/p", ExecutorType = "chat", Tags = ["b"] }, true },
        { new Demands { Hostname = "h1", Tags = ["c"] }, false },
    };

    [Theory]
    [MemberData(nameof(Demanded), DisableDiscoveryEnumeration = true)]
    public async Task A_run_goes_to_a_runner_that_meets_its_demands(Demands demands, bool isTaken)
    {
        await RegisterAsync(RunnerOf("lnch_1") with
        {
            Hostname = "h1",
            ProjectDir = "/p",
            ExecutorType = "claude-code",
            Executors = ["chat"],
            Tags = ["a", "b"],
        });
        await EnqueueAsync(Start("one") with { Demands = demands });

        Assert.Equal(isTaken, await ClaimAsync() is not null);
    }

    [Fact]
    public async Task A_run_that_fits_nobody_holds_up_no_other_session()
    {
        await RegisterAsync();
        await EnqueueAsync(Start("picky") with { Demands = new Demands { Tags = ["gpu"] } });
        var plain = await QueueAsync("plain");

        Assert.Equal(plain.RunId, (await ClaimAsync())!.RunId);
    }

    [Fact]
    public async Task A_runner_at_its_limit_takes_nothing_more()
    {
        await RegisterAsync(RunnerOf("lnch_1") with { MaxConcurrent = 2 });
        for (var i = 0; i < 3; i++)
        {
            await QueueAsync($"s{i}");
        }

        var first = (await ClaimAsync())!;
        Assert.NotNull(await ClaimAsync());
        Assert.Null(await ClaimAsync());
        await EndAsync(first, Failed);
        Assert.NotNull(await ClaimAsync());
    }

    [Fact]
    public async Task Polls_at_one_moment_do_not_pass_a_runners_limit()
    {
        await RegisterAsync(RunnerOf("lnch_1") with { MaxConcurrent = 3 });
        for (var i = 0; i < 10; i++)
        {
            await QueueAsync($"s{i}");
        }

        var claims = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => ClaimAsync()));

        Assert.Equal(3, claims.Count(claim => claim is not null));
    }

    [Fact]
    public async Task Many_claimers_share_many_runs_and_each_is_claimed_once()
    {
        const int Sessions = 100;
        for (var i = 0; i < Sessions; i++)
        {
            await QueueAsync($"s{i}");
            await EnqueueAsync(Resume($"s{i}"));
        }

        var claimed = new ConcurrentBag<string>();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            var runner = await RegisterAsync($"lnch_{i}");
            while (await ClaimAsync(runner.RunnerId) is { } run)
            {
                claimed.Add(run.RunId);
                await EndAsync(run, Completed);
            }
        }));
        await DrainAsync(claimed);

        Assert.Equal(2 * Sessions, claimed.Count);
        Assert.Equal(2 * Sessions, claimed.Distinct().Count());
    }

    [Fact]
    public async Task A_claim_remembers_where_the_conversation_lives()
    {
        await RegisterAsync();
        await QueueAsync("one");
        var first = (await ClaimAsync())!;
        await Runs.StartAsync(LeaseOf(first), "conversation-1", "claude-code", Cancel);
        await EndAsync(first, Completed);
        await EnqueueAsync(Resume("one"));

        var claimed = await Runs.ClaimAsync(ClaimBy("lnch_1"), Cancel);

        Assert.Equal("conversation-1", claimed!.ExecutorSessionId);
    }

    // A claimer may leave while another still holds the run before the last one of a session.
    async Task DrainAsync(ConcurrentBag<string> claimed)
    {
        while (await ClaimAsync("lnch_0") is { } run)
        {
            claimed.Add(run.RunId);
            await EndAsync(run, Completed);
        }
    }
}

public sealed class SqliteRunClaimTests() : RunClaimTests(new SqliteFixture());

public sealed class PostgresRunClaimTests() : RunClaimTests(new PostgresFixture());
