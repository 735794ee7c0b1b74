using AgentOrchestrator.Mcp;
using AgentOrchestrator.Server.Hosting;

namespace AgentOrchestrator.Server.Mcp;

static class McpServices
{
    public static void AddMcp(this IServiceCollection services)
    {
        services.AddSingleton<SelfConnection>();
        services.AddSingleton<OpenMcp>(all => (http, gone) => McpDoor.For(McpCallers.Of(http, all.GetRequiredService<SelfConnection>(), gone)));
        services.AddSingleton<McpSessions>();
        services.AddSingleton<McpSessionSweep>();
        services.AddHostedService<McpShutdown>();
        services.AddSingleton<IHostedService>(all => new LoopService(all.GetRequiredService<McpSessionSweep>()));
    }
}
