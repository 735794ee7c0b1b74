namespace AgentOrchestrator.StoreTests.Runs;

/// <summary>Looks for an order of a run's acts that one server could have served, each between its begin and its end (Wing and Gong, with Lowe's memory).</summary>
public static class Linearizability
{
    /// <summary>Whether there is one.</summary>
    public static bool Holds(RunSpec start, IReadOnlyList<RunAct> acts)
    {
        if (acts.Count > 60)
        {
            throw new ArgumentException("a history is kept as the bits of a number, so it has at most 60 acts", nameof(acts));
        }

        return new Search([.. acts]).From(start, 0);
    }

    sealed class Search(RunAct[] acts)
    {
        readonly HashSet<(ulong Done, RunSpec State)> _seen = [];

        public bool From(RunSpec state, ulong done)
        {
            if (done == (1UL << acts.Length) - 1)
            {
                return true;
            }

            if (!_seen.Add((done, state)))
            {
                return false;
            }

            var firstEnd = Left(done).Min(i => acts[i].Ended);
            return Left(done)
                .Where(i => acts[i].Begun <= firstEnd)
                .Any(i => state.After(acts[i]).Any(next => From(next, done | (1UL << i))));
        }

        IEnumerable<int> Left(ulong done) => Enumerable.Range(0, acts.Length).Where(i => (done & (1UL << i)) == 0);
    }
}
