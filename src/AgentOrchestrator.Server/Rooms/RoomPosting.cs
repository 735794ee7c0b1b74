using AgentOrchestrator.Coordinator.Rooms;

namespace AgentOrchestrator.Server.Rooms;

/// <summary>Has rooms routed for as long as the server lives.</summary>
sealed class RoomPosting(RoomPost post) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => post.RunAsync(stoppingToken);
}
