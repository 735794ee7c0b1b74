using AgentOrchestrator.Coordinator;

namespace AgentOrchestrator.Server.Hosting;

/// <summary>Runs one of the engine's loops for as long as the server lives.</summary>
sealed class LoopService(Loop loop) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => loop.RunAsync(stoppingToken);
}
