namespace AgentOrchestrator.Sqlite;

/// <summary>A piece of work on the writer's queue, and the promise that its caller waits for.</summary>
/// <remarks>It may run more than once before it is committed, so what it does outside of the transaction must bear repetition.</remarks>
abstract class WriteWork(CancellationToken cancel)
{
    /// <summary>Why it took no effect; null when it did.</summary>
    protected Exception? Refusal { get; private set; }

    /// <summary>A caller that left before its turn is not served; after that its work counts.</summary>
    public bool IsAbandoned => Cancel.IsCancellationRequested;

    public void Run(WriteTransaction transaction)
    {
        Refusal = null;
        Take(transaction);
    }

    public void Refuse(Exception error) => Refusal = error;

    /// <summary>Tells the caller that its result is on disk, or why there is none.</summary>
    public abstract void Complete();

    public abstract void Fail(Exception error);

    public abstract void Abandon();

    protected abstract void Take(WriteTransaction transaction);

    protected CancellationToken Cancel { get; } = cancel;
}

sealed class WriteWork<T>(Func<WriteTransaction, T> work, CancellationToken cancel) : WriteWork(cancel)
{
    readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    T _result = default!;

    public Task<T> Done => _done.Task;

    public override void Complete()
    {
        if (Refusal is { } refusal)
        {
            _done.TrySetException(refusal);
        }
        else
        {
            _done.TrySetResult(_result);
        }
    }

    public override void Fail(Exception error) => _done.TrySetException(error);

    public override void Abandon() => _done.TrySetCanceled(Cancel);

    protected override void Take(WriteTransaction transaction) => _result = work(transaction);
}
