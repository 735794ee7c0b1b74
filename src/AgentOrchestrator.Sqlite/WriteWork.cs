namespace AgentOrchestrator.Sqlite;

/// <summary>A piece of work on the writer's queue, and the promise that its caller waits for.</summary>
/// <remarks>It may run more than once before it is committed, so what it does outside of the transaction must bear repetition.</remarks>
abstract class WriteWork(bool isNew, CancellationToken cancel)
{
    /// <summary>Why it took no effect; null when it did.</summary>
    protected Exception? Refusal { get; private set; }

    /// <summary>It can wait until there is space, where other work ends or frees something.</summary>
    public bool IsNew { get; } = isNew;

    /// <summary>A caller that left before its turn is not served; after that its work counts.</summary>
    public bool IsAbandoned { get; private set; }

    protected CancellationToken Cancel { get; } = cancel;

    /// <returns>Whether its caller is still there.</returns>
    public bool Begin()
    {
        IsAbandoned = Cancel.IsCancellationRequested;
        return !IsAbandoned;
    }

    public void Run(WriteTransaction transaction)
    {
        Refusal = null;
        Take(transaction);
    }

    public void Refuse(Exception error) => Refusal = error;

    /// <summary>Tells the caller, which goes on within this call, that its result is on disk, or why there is none.</summary>
    public abstract void Answer();

    protected abstract void Take(WriteTransaction transaction);
}

sealed class WriteWork<T>(Func<WriteTransaction, T> work, bool isNew, CancellationToken cancel) : WriteWork(isNew, cancel)
{
    readonly TaskCompletionSource<T> _done = new();
    T _result = default!;

    public Task<T> Done => _done.Task;

    public override void Answer()
    {
        if (IsAbandoned)
        {
            _done.SetCanceled(Cancel);
        }
        else if (Refusal is { } refusal)
        {
            _done.SetException(refusal);
        }
        else
        {
            _done.SetResult(_result);
        }
    }

    protected override void Take(WriteTransaction transaction) => _result = work(transaction);
}
