using AgentOrchestrator.Coordinator;

namespace AgentOrchestrator.StoreTests;

/// <summary>Keeps every change that a store told, in order.</summary>
public sealed class RecordingSink : IChangeSink
{
    readonly Lock _gate = new();
    readonly List<Change> _changes = [];
    TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<Change> Changes
    {
        get
        {
            lock (_gate)
            {
                return [.. _changes];
            }
        }
    }

    public void Committed(IReadOnlyList<Change> changes)
    {
        lock (_gate)
        {
            _changes.AddRange(changes);
            _more.SetResult();
            _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Forgets what was told so far.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _changes.Clear();
        }
    }

    /// <summary>The first change of that kind that fits, waiting up to 10 seconds: a store may tell after its caller has its answer.</summary>
    public async Task<T> WaitForAsync<T>(Func<T, bool>? fits = null)
        where T : Change
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (true)
        {
            Task more;
            lock (_gate)
            {
                more = _more.Task;
            }

            if (Changes.OfType<T>().FirstOrDefault(change => fits is null || fits(change)) is { } found)
            {
                return found;
            }

            await more.WaitAsync(deadline.Token);
        }
    }
}
