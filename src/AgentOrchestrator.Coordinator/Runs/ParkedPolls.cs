using AgentOrchestrator.Coordinator.Runners;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>Polls that are held open, first come first served.</summary>
/// <remarks>
/// A run that becomes claimable is offered to one poll that can execute it; a poll that does not take it passes the offer on, while it is to be had.
/// An offer is a hint: when one is lost, the next look by itself finds the run.
/// </remarks>
public sealed class ParkedPolls(CoordinatorOptions options)
{
    readonly Lock _lock = new();
    readonly List<ParkedPoll> _polls = [];
    readonly Dictionary<(string Org, string RunnerId), List<ParkedPoll>> _byRunner = [];
    long _arrivals;
    long _wakes;

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

    /// <summary>How many offers of runs were made to polls so far.</summary>
    public long Wakes => Interlocked.Read(ref _wakes);

    /// <summary>Parks a poll until it is disposed. The oldest of its runner is over when there are too many.</summary>
    public ParkedPoll Park(Runner runner)
    {
        lock (_lock)
        {
            var poll = new ParkedPoll(this, runner, ++_arrivals);
            _polls.Add(poll);
            var own = OwnOf(runner.Org, runner.RunnerId);
            own.Add(poll);
            if (own.Count > options.MaxPollsPerRunner)
            {
                own[^(options.MaxPollsPerRunner + 1)].End();
            }

            _byRunner[(runner.Org, runner.RunnerId)] = own;
            return poll;
        }
    }

    public bool IsPolling(string org, string runnerId)
    {
        lock (_lock)
        {
            return OwnOf(org, runnerId).Count > 0;
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

    internal bool IsFirst(ParkedPoll poll)
    {
        lock (_lock)
        {
            return OwnOf(poll.Org, poll.RunnerId) is [var first, ..] && first == poll;
        }
    }

    internal void Leave(ParkedPoll poll)
    {
        IReadOnlyList<RunClaimable> left;
        lock (_lock)
        {
            _polls.Remove(poll);
            var own = OwnOf(poll.Org, poll.RunnerId);
            if (own.Remove(poll) && own.Count == 0)
            {
                _byRunner.Remove((poll.Org, poll.RunnerId));
            }

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

            if (chosen is not null)
            {
                chosen.Add(offer);
                Interlocked.Increment(ref _wakes);
            }
        }
    }

    void Wake(string org, string runnerId)
    {
        lock (_lock)
        {
            OwnOf(org, runnerId).ForEach(poll => poll.Signal());
        }
    }

    List<ParkedPoll> OwnOf(string org, string runnerId) => _byRunner.GetValueOrDefault((org, runnerId), []);
}
