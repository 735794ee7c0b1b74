namespace AgentOrchestrator.Server.Hosting;

/// <summary>Requests that arrive after the port is bound and before the token is written wait here.</summary>
sealed class Opening
{
    readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsDone => _done.Task.IsCompleted;

    public Task WaitAsync(CancellationToken cancel) => _done.Task.WaitAsync(cancel);

    public void Open() => _done.TrySetResult();
}
