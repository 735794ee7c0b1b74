using AgentOrchestrator.Coordinator.Runs;

namespace AgentOrchestrator.Server.Hosting;

/// <summary>Ends leases only while the server listens.</summary>
/// <remarks>A runner may conclude from a refused connection that nobody hands its sessions on (<c>docs/decisions/0016-outage-or-partition.md</c>).</remarks>
sealed class RunReaping(RunReaper reaper) : BackgroundService, IHostedLifecycleService
{
    readonly TaskCompletionSource _isListening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _isListening.TrySetResult();
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => StopAsync(cancellationToken);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await _isListening.Task.WaitAsync(stoppingToken);
        await reaper.RunAsync(stoppingToken);
    }
}
