namespace AgentOrchestrator.ModelServer;

/// <summary>Where hanging answers wait, and where a test waits until one hangs.</summary>
sealed class Hold : IDisposable
{
    readonly SemaphoreSlim _arrivals = new(0);
    volatile TaskCompletionSource _released = NewSource();

    public async Task WaitAsync(CancellationToken cancel)
    {
        var released = _released.Task;
        _arrivals.Release();
        await released.WaitAsync(cancel);
    }

    public Task ArrivalAsync(CancellationToken cancel) => _arrivals.WaitAsync(cancel);

    public void Release() => Interlocked.Exchange(ref _released, NewSource()).TrySetResult();

    public void Dispose() => _arrivals.Dispose();

    static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
