using AgentOrchestrator.Coordinator.Agents;

namespace AgentOrchestrator.Server.Agents;

/// <summary>Keeps the watch of the agents' folder running while the server does.</summary>
sealed class AgentFolderWatching(AgentFolderWatch watch) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => watch.RunAsync(stoppingToken);
}
