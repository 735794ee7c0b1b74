using AgentOrchestrator.Coordinator.Runners;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>One held poll. Internal members are called under the lock of its <see cref="ParkedPolls"/>.</summary>
public sealed class ParkedPoll : IDisposable
{
    readonly ParkedPolls _polls;
    readonly Runner _runner;
    readonly List<RunClaimable> _offers = [];
    readonly SemaphoreSlim _signal = new(0, 1);

    internal ParkedPoll(ParkedPolls polls, Runner runner, long arrival) => (_polls, _runner, Arrival) = (polls, runner, arrival);

    internal long Arrival { get; }

    internal string Org => _runner.Org;

    internal string RunnerId => _runner.RunnerId;

    internal bool HasOffers => _offers.Count > 0;

    /// <summary>Its runner has asked so often since that this one needs no answer.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Of its runner's polls the oldest, which looks by itself now and then: the others need not.</summary>
    public bool IsFirst => _polls.IsFirst(this);

    /// <summary>What was offered since the last call. Look for work after it, so that no later offer is missed.</summary>
    public IReadOnlyList<RunClaimable> TakeOffers() => _polls.TakeOffers(this);

    /// <summary>Passes on what this poll did not take.</summary>
    public void PassOn(IReadOnlyList<RunClaimable> offers, string? claimedRunId) => _polls.PassOn(this, offers, claimedRunId);

    /// <summary>Waits for an offer or a signal, at most so long.</summary>
    /// <returns>False when there was neither.</returns>
    public Task<bool> WaitAsync(TimeSpan timeout, CancellationToken cancel) => _signal.WaitAsync(timeout, cancel);

    public void Dispose()
    {
        _polls.Leave(this);
        _signal.Dispose();
    }

    internal bool Fits(RunClaimable offer) => _runner.Org == offer.Org && _runner.CanExecute(offer.Executor) && _runner.Meets(offer.Demands);

    internal void Add(RunClaimable offer)
    {
        _offers.Add(offer);
        Signal();
    }

    internal void End()
    {
        IsOver = true;
        Signal();
    }

    internal void Signal()
    {
        if (_signal.CurrentCount == 0)
        {
            _signal.Release();
        }
    }

    internal IReadOnlyList<RunClaimable> Drain()
    {
        _signal.Wait(TimeSpan.Zero);
        IReadOnlyList<RunClaimable> taken = [.. _offers];
        _offers.Clear();
        return taken;
    }
}
