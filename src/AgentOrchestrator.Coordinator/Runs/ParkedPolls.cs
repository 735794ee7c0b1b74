using AgentOrchestrator.Coordinator.Runners;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>Polls that are held open, first come first served.</summary>
/// <remarks>
/// A run that becomes claimable is offered to one poll that can execute it; a poll that does not take it passes the offer on.
/// An offer is a hint: when one is lost, the next look by itself finds the run.
/// </remarks>
public sealed class ParkedPolls
{
    readonly Lock _lock = new();
    readonly List<ParkedPoll> _polls = [];
    long _arrivals;

    /// <summary>How many are held.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _polls.Count;
            }
        }
    }

    /// <summary>Parks a poll until it is disposed.</summary>
    public ParkedPoll Park(Runner runner)
    {
        lock (_lock)
        {
            var poll = new ParkedPoll(this, runner, ++_arrivals);
            _polls.Add(poll);
            return poll;
        }
    }

    public bool IsPolling(string org, string runnerId)
    {
        lock (_lock)
        {
            return _polls.Exists(poll => poll.IsOf(org, runnerId));
        }
    }

    /// <summary>Told of every committed change, on the committing thread.</summary>
    public void Note(IReadOnlyList<Change> changes)
    {
        foreach (var change in changes)
        {
            switch (change)
            {
                case RunClaimable offer:
                    Offer(offer, after: 0);
                    break;
                case RunnerSignalled signalled:
                    Wake(signalled.Org, signalled.RunnerId);
                    break;
                case RunChanged { Run: { RunnerId: { } runnerId, Status: var status } run } when RunMoves.IsTerminal(status):
                    // Its runner may have been at its limit.
                    Wake(run.Org, runnerId);
                    break;
            }
        }
    }

    /// <summary>Gives the offers that a poll did not take to those that stand behind it; to all, when it leaves with another run.</summary>
    internal void PassOn(ParkedPoll poll, IReadOnlyList<RunClaimable> offers, string? claimedRunId)
    {
        foreach (var offer in offers)
        {
            if (offer.RunId != claimedRunId)
            {
                Offer(offer, after: claimedRunId is null ? poll.Arrival : 0, except: poll);
            }
        }
    }

    internal IReadOnlyList<RunClaimable> TakeOffers(ParkedPoll poll)
    {
        lock (_lock)
        {
            return poll.Drain();
        }
    }

    internal void Leave(ParkedPoll poll)
    {
        IReadOnlyList<RunClaimable> left;
        lock (_lock)
        {
            _polls.Remove(poll);
            left = poll.Drain();
        }

        PassOn(poll, left, claimedRunId: null);
    }

    void Offer(RunClaimable offer, long after, ParkedPoll? except = null)
    {
        lock (_lock)
        {
            ParkedPoll? chosen = null;
            foreach (var poll in _polls)
            {
                if (poll.Arrival <= after || poll == except || !poll.Fits(offer))
                {
                    continue;
                }

                if (!poll.HasOffers)
                {
                    chosen = poll;
                    break;
                }

                chosen ??= poll;
            }

            chosen?.Add(offer);
        }
    }

    void Wake(string org, string runnerId)
    {
        lock (_lock)
        {
            foreach (var poll in _polls)
            {
                if (poll.IsOf(org, runnerId))
                {
                    poll.Signal();
                }
            }
        }
    }
}
