using AgentOrchestrator.Coordinator;

namespace AgentOrchestrator.Postgres;

/// <summary>Tells this process's changes in the order in which their transactions committed, session by session.</summary>
/// <remarks>
/// A transaction joins the line of a session while it holds that session's row lock, so the line has the order of the
/// commits, although several connections finish at once and their continuations run in any order.
/// </remarks>
sealed class CommitOrder(Action<IReadOnlyList<Change>> tell)
{
    readonly Lock _lock = new();
    readonly Dictionary<(string Org, string SessionId), Place> _last = [];

    public Place Open() => new(this);

    void Join(Place place, (string Org, string SessionId) session)
    {
        lock (_lock)
        {
            if (_last.TryGetValue(session, out var before))
            {
                if (before == place)
                {
                    return;
                }

                before.Behind.Add(place);
                place.WaitsFor++;
            }

            _last[session] = place;
            place.Sessions.Add(session);
        }
    }

    void Close(Place place, IReadOnlyList<Change> changes)
    {
        lock (_lock)
        {
            place.Changes = changes;
            var ready = new Queue<Place>();
            if (place.WaitsFor == 0)
            {
                ready.Enqueue(place);
            }

            while (ready.TryDequeue(out var next))
            {
                Leave(next, ready);
            }
        }
    }

    void Leave(Place place, Queue<Place> ready)
    {
        if (place.Changes!.Count > 0)
        {
            tell(place.Changes);
        }

        foreach (var session in place.Sessions)
        {
            if (_last.GetValueOrDefault(session) == place)
            {
                _last.Remove(session);
            }
        }

        foreach (var behind in place.Behind)
        {
            if (--behind.WaitsFor == 0 && behind.Changes is not null)
            {
                ready.Enqueue(behind);
            }
        }
    }

    /// <summary>One transaction's place in the lines of all sessions that it locked.</summary>
    internal sealed class Place(CommitOrder order)
    {
        public List<(string Org, string SessionId)> Sessions { get; } = [];

        public List<Place> Behind { get; } = [];

        public int WaitsFor { get; set; }

        /// <summary>Null until the transaction has ended; empty when it was rolled back.</summary>
        public IReadOnlyList<Change>? Changes { get; set; }

        public void Join(string org, string sessionId) => order.Join(this, (org, sessionId));

        public void Close(IReadOnlyList<Change> changes) => order.Close(this, changes);
    }
}
