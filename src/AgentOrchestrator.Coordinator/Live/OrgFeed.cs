using System.Threading.Channels;

namespace AgentOrchestrator.Coordinator.Live;

/// <summary>Everything that happens in an org, live: no replay, a snapshot is the reader's first step.</summary>
/// <remarks>
/// A reader that falls behind its bound, or that something could not be told, is cut off: <see cref="HasFallenBehind"/>. Publishers never wait.
/// </remarks>
public sealed class OrgFeed : IDisposable
{
    readonly Channel<Change> _changes;
    readonly IDisposable _listening;
    readonly string _org;

    public OrgFeed(ChangeHub hub, string org, int bound)
    {
        _org = org;
        _changes = Channel.CreateBounded<Change>(new BoundedChannelOptions(bound) { SingleReader = true });
        _listening = hub.Subscribe(Note);
    }

    public ChannelReader<Change> Changes => _changes.Reader;

    public bool HasFallenBehind { get; private set; }

    public void Dispose() => _listening.Dispose();

    void Note(IReadOnlyList<Change> changes)
    {
        // A session's row goes before the events of the same commit: readers of the older dashboards rely on it.
        foreach (var change in changes)
        {
            if (change is not EventsAppended)
            {
                Write(change);
            }
        }

        foreach (var change in changes)
        {
            if (change is EventsAppended)
            {
                Write(change);
            }
        }
    }

    void Write(Change change)
    {
        if (change.Org == _org && (change is LogGrew || !_changes.Writer.TryWrite(change)))
        {
            HasFallenBehind = true;
            _changes.Writer.TryComplete();
        }
    }
}
