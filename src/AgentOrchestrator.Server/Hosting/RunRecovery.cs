using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Live;
using AgentOrchestrator.Coordinator.Runs;

namespace AgentOrchestrator.Server.Hosting;

/// <summary>Before anything is served: runs that were live when the last server ended, and wake-ups for held polls.</summary>
sealed partial class RunRecovery(RunReaper reaper, ChangeHub hub, ParkedPolls polls, ILogger<RunRecovery> log) : IHostedService, IDisposable
{
    IDisposable? _subscription;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _subscription = hub.Subscribe(polls.Note);
        var counts = await reaper.RecoverAsync(cancellationToken);
        if (!counts.IsEmpty)
        {
            LogRecovered(counts);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _subscription?.Dispose();

    [LoggerMessage(LogLevel.Information, "Recovered runs that were live at the last end: {Counts}")]
    partial void LogRecovered(ReapCounts counts);
}
