using AgentOrchestrator.Coordinator.Audit;

namespace AgentOrchestrator.Server.Audit;

/// <summary>Writes the audit for as long as the server lives, and at its end what is left.</summary>
sealed class AuditWriting(AuditLog audit) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => audit.RunAsync(stoppingToken);
}
