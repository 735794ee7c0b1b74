using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol.Runs;
using Xunit;

namespace AgentOrchestrator.Tests.Runs;

public sealed class ParkedPollsTests
{
    readonly ParkedPolls _polls = new(new CoordinatorOptions { MaxPollsPerRunner = 3 });

    [Fact]
    public void Offers_go_to_the_polls_in_the_order_of_their_arrival_one_each()
    {
        using var first = _polls.Park(RunnerNamed("first"));
        using var second = _polls.Park(RunnerNamed("second"));

        _polls.Note([Offer("run_1"), Offer("run_2")]);

        Assert.Equal(["run_1"], IdsOf(first));
        Assert.Equal(["run_2"], IdsOf(second));
    }

    [Fact]
    public void An_offer_goes_only_to_polls_of_its_org_that_can_execute_it()
    {
        using var elsewhere = _polls.Park(RunnerNamed("elsewhere") with { Org = "other" });
        using var unfit = _polls.Park(RunnerNamed("unfit", "chat"));
        using var fit = _polls.Park(RunnerNamed("fit", "claude-code"));

        _polls.Note([Offer("run_1", "claude-code")]);

        Assert.Empty(elsewhere.TakeOffers());
        Assert.Empty(unfit.TakeOffers());
        Assert.Equal(["run_1"], IdsOf(fit));
    }

    [Fact]
    public void One_run_wakes_one_poll_of_five_hundred_and_only_one_that_meets_its_demands()
    {
        var polls = Enumerable.Range(0, 500)
            .Select(i => _polls.Park(RunnerNamed($"r{i}") with { Tags = i >= 300 ? ["gpu"] : [] }))
            .ToList();

        _polls.Note([new RunClaimable("default", "run_1", null, new Demands { Tags = ["gpu"] })]);

        var woken = polls.Select((poll, i) => (i, Offers: poll.TakeOffers())).Where(one => one.Offers.Count > 0).ToList();
        Assert.Equal(300, Assert.Single(woken).i);
        polls.ForEach(poll => poll.Dispose());
    }

    [Fact]
    public void An_offer_that_is_not_taken_goes_to_those_behind_and_never_in_a_circle()
    {
        using var first = _polls.Park(RunnerNamed("first"));
        using var second = _polls.Park(RunnerNamed("second"));
        _polls.Note([Offer("run_1")]);

        first.PassOn(first.TakeOffers(), claimedRunId: null);
        second.PassOn(second.TakeOffers(), claimedRunId: null);

        Assert.Empty(first.TakeOffers());
        Assert.Empty(second.TakeOffers());
    }

    [Fact]
    public void A_poll_that_leaves_with_another_run_offers_this_one_to_all_that_stay()
    {
        using var first = _polls.Park(RunnerNamed("first"));
        using var second = _polls.Park(RunnerNamed("second"));
        _polls.Note([Offer("run_1"), Offer("run_2")]);
        first.TakeOffers();

        second.PassOn(second.TakeOffers(), claimedRunId: "run_0");

        Assert.Equal(["run_2"], IdsOf(first));
    }

    [Fact]
    public void A_poll_that_goes_away_leaves_its_offers_to_those_behind()
    {
        var first = _polls.Park(RunnerNamed("first"));
        using var second = _polls.Park(RunnerNamed("second"));
        _polls.Note([Offer("run_1")]);

        first.Dispose();

        Assert.Equal(["run_1"], IdsOf(second));
        Assert.Equal(1, _polls.Count);
    }

    [Fact]
    public async Task A_signal_wakes_every_poll_of_its_runner_and_no_other()
    {
        using var called = _polls.Park(RunnerNamed("called"));
        using var other = _polls.Park(RunnerNamed("other"));

        _polls.Note([new RunnerSignalled("default", "called")]);

        await called.WaitAsync(Timeout.InfiniteTimeSpan, TestContext.Current.CancellationToken);
        using var none = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other.WaitAsync(Timeout.InfiniteTimeSpan, none.Token));
    }

    [Fact]
    public void One_poll_of_a_runner_too_many_ends_its_oldest_and_no_other_runners()
    {
        using var other = _polls.Park(RunnerNamed("other"));
        var own = Enumerable.Range(0, 5).Select(_ => _polls.Park(RunnerNamed("own"))).ToList();

        Assert.Equal([true, true, false, false, false], own.Select(poll => poll.IsOver));
        Assert.False(other.IsOver);
        own.ForEach(poll => poll.Dispose());
        Assert.False(_polls.IsPolling("default", "own"));
    }

    [Fact]
    public void The_oldest_poll_of_a_runner_looks_for_all_of_them()
    {
        var first = _polls.Park(RunnerNamed("own"));
        using var second = _polls.Park(RunnerNamed("own"));
        using var other = _polls.Park(RunnerNamed("other"));

        Assert.Equal([true, false, true], [first.IsFirst, second.IsFirst, other.IsFirst]);
        first.Dispose();
        Assert.True(second.IsFirst);
    }

    static IEnumerable<string> IdsOf(ParkedPoll poll) => poll.TakeOffers().Select(offer => offer.RunId);

    static RunClaimable Offer(string runId, string? executor = null) => new("default", runId, executor);

    static Coordinator.Runners.Runner RunnerNamed(string runnerId, params string[] executors) => new()
    {
        Org = "default",
        RunnerId = runnerId,
        Executors = executors,
        Tags = [],
        Lease = TimeSpan.FromSeconds(30),
        RegisteredAt = DateTimeOffset.UnixEpoch,
        LastHeartbeatAt = DateTimeOffset.UnixEpoch,
    };
}
