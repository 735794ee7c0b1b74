using AgentOrchestrator.Coordinator.Live;
using AgentOrchestrator.Coordinator.Runs;

namespace AgentOrchestrator.Server.Hosting;

/// <summary>Keeps the engine's clock going, and tells it of what will be due.</summary>
sealed class RunClockService(RunClock clock, ChangeHub hub) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var subscription = hub.Subscribe(clock.Note);
        await clock.RunAsync(stoppingToken);
    }
}
