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
        Answer.Of(Describe(await database.FindTroubleAsync(cancel)), ProtocolJson.Default.Health);

    /// <summary>Ready for new work: 503 with the reason while it is not.</summary>
    static async Task<Answer<Protocol.Health>> ShowReadiness(IDatabase database, CancellationToken cancel) =>
        await database.FindTroubleAsync(cancel) is { } trouble
            ? throw new ProductException(ErrorCode.Unavailable, trouble.Message, inner: trouble)
            : Answer.Of(Describe(null), ProtocolJson.Default.Health);

    static Protocol.Health Describe(ProductException? trouble) =>
        new(trouble is null ? "healthy" : "degraded", ServiceName, trouble is null or { Code: ErrorCode.StorageFull });
}
