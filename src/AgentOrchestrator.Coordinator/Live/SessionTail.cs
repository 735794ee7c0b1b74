using AgentOrchestrator.Coordinator.Sessions;

namespace AgentOrchestrator.Coordinator.Live;

/// <summary>What one reader has not taken yet of one session's changes. Bounded: past the bound the log itself is read again.</summary>
/// <param name="children">Live runs of its children, to begin with; null where children are not followed.</param>
sealed class SessionTail(string org, string sessionId, int bound, IReadOnlyCollection<string>? children = null) : IDisposable
{
    readonly HashSet<string>? _children = children is null ? null : [.. children];
    readonly Lock _lock = new();
    readonly Queue<FeedFrame> _frames = new();
    readonly SemaphoreSlim _signal = new(0, 1);
    Session? _row;
    bool _isBehind;
    bool _isDeleted;

    /// <summary>Called on the committing thread.</summary>
    public void Note(IReadOnlyList<Change> changes)
    {
        var isNews = false;
        lock (_lock)
        {
            foreach (var change in changes)
            {
                isNews |= change.Org == org && Take(change);
            }
        }

        if (isNews)
        {
            Signal();
        }
    }

    /// <summary>Waits for news. False when there was none in time.</summary>
    public Task<bool> WaitAsync(TimeSpan timeout, CancellationToken cancel) => _signal.WaitAsync(timeout, cancel);

    public News Drain()
    {
        lock (_lock)
        {
            var news = new News([.. _frames], _row, _isBehind, _isDeleted);
            _frames.Clear();
            _row = null;
            _isBehind = false;
            return news;
        }
    }

    public void Dispose() => _signal.Dispose();

    bool Take(Change change)
    {
        switch (change)
        {
            case EventsAppended appended when appended.SessionId == sessionId:
                foreach (var entry in appended.Entries)
                {
                    Add(new FeedFrame.Event(entry));
                }

                return true;
            case LogGrew grew when grew.SessionId == sessionId:
                _isBehind = true;
                return true;
            case RunChanged moved when _children is not null && moved.Run.ParentSessionId == sessionId:
                return TakeChild(_children, moved);
            case DeltasWritten written when (written.SessionId == sessionId || _children?.Contains(written.RunId) is true) && _frames.Count < bound:
                _frames.Enqueue(new FeedFrame.Delta(written.RunId, written.Deltas));
                return true;
            case SessionUpdated updated when updated.Session.SessionId == sessionId:
                _row = updated.Session;
                return true;
            case SessionDeleted deleted when deleted.SessionId == sessionId:
                return _isDeleted = true;
            default:
                return false;
        }
    }

    bool TakeChild(HashSet<string> runs, RunChanged moved)
    {
        if (moved.Run.CompletedAt is null) { runs.Add(moved.Run.RunId); }
        else { runs.Remove(moved.Run.RunId); }

        if (_frames.Count >= bound) { return false; }

        _frames.Enqueue(new FeedFrame.Child(moved));
        return true;
    }

    void Add(FeedFrame.Event frame)
    {
        if (_isBehind)
        {
            return;
        }

        if (_frames.Count >= bound)
        {
            _frames.Clear();
            _isBehind = true;
            return;
        }

        _frames.Enqueue(frame);
    }

    void Signal()
    {
        try
        {
            _signal.Release();
        }
        catch (SemaphoreFullException)
        {
            // Already signalled: the reader has not looked yet and will see this too.
        }
        catch (ObjectDisposedException)
        {
            // The reader left between the commit and this line.
        }
    }
}

/// <param name="IsBehind">Frames were dropped, or another process wrote: read the log from the cursor.</param>
readonly record struct News(IReadOnlyList<FeedFrame> Frames, Session? Row, bool IsBehind, bool IsDeleted);
