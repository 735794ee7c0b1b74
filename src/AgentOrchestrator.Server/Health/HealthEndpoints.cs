using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Http;

namespace AgentOrchestrator.Server.Health;

static class HealthEndpoints
{
    const string ServiceName = "agent-orchestrator";

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health", ShowHealth).AllowAnyone().WithoutLimit();
        app.MapGet("/health/ready", ShowReadiness).AllowAnyone().WithoutLimit();
    }

    /// <summary>Alive: always 200, and whether the database answers.</summary>
    static async Task<Answer<Protocol.Health>> ShowHealth(IDatabase database, CancellationToken cancel) =>
        Answer.Of(Describe(await database.IsReadyAsync(cancel)), ProtocolJson.Default.Health);

    /// <summary>Ready for work: 503 while the database does not take writes.</summary>
    static async Task<Answer<Protocol.Health>> ShowReadiness(IDatabase database, CancellationToken cancel) =>
        await database.IsReadyAsync(cancel)
            ? Answer.Of(Describe(true), ProtocolJson.Default.Health)
            : throw new ProductException(ErrorCode.Unavailable, "the database does not accept writes just now; try again");

    static Protocol.Health Describe(bool isConnected) =>
        new(isConnected ? "healthy" : "degraded", ServiceName, isConnected);
}
