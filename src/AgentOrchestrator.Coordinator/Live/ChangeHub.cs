using System.Collections.Immutable;

namespace AgentOrchestrator.Coordinator.Live;

/// <summary>Passes committed changes to whoever listens in this process: feeds, held polls.</summary>
/// <remarks>Listeners are called on the committing thread, in commit order; they take note and return, and never throw.</remarks>
public sealed class ChangeHub : IChangeSink
{
    ImmutableArray<Subscription> _subscriptions = [];

    public void Committed(IReadOnlyList<Change> changes)
    {
        foreach (var subscription in _subscriptions)
        {
            subscription.Listener(changes);
        }
    }

    /// <summary>Listens until disposed. What commits after this returns is heard.</summary>
    public IDisposable Subscribe(Action<IReadOnlyList<Change>> listener)
    {
        var subscription = new Subscription(this, listener);
        ImmutableInterlocked.Update(ref _subscriptions, list => list.Add(subscription));
        return subscription;
    }

    sealed class Subscription(ChangeHub hub, Action<IReadOnlyList<Change>> listener) : IDisposable
    {
        public Action<IReadOnlyList<Change>> Listener { get; } = listener;

        public void Dispose() => ImmutableInterlocked.Update(ref hub._subscriptions, list => list.Remove(this));
    }
}
