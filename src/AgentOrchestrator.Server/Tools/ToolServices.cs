using AgentOrchestrator.Coordinator.Tools;
using AgentOrchestrator.Server.Configuration;
using AgentOrchestrator.Server.Hosting;
using AgentOrchestrator.Tools;
using AgentOrchestrator.Tools.BuiltIn;
using AgentOrchestrator.Tools.Catalog;
using AgentOrchestrator.Tools.Outbound;
using AgentOrchestrator.Tools.Servers;

namespace AgentOrchestrator.Server.Tools;

static class ToolServices
{
    /// <summary>By which agents are assigned the service of <c>MCP_GATEWAY_URL</c>.</summary>
    public const string GatewayKey = "gateway";

    public const string NoRunner = "this server starts none, because it has no runner of its own (--no-runner).";

    public static void AddTools(this IServiceCollection services, ServerOptions options)
    {
        services.AddSingleton(_ => new OutboundClient(new OutboundPolicy { PrivateNetworks = options.ToolNetworks, Setting = OptionsReader.ToolNetworks }));
        services.AddSingleton(_ => new ToolFolder(options.ToolsDir ?? options.DataDir, options.ToolVariables, GatewayOf(options)));
        services.AddSingleton(all => new ToolCatalog(
            all.GetRequiredService<OutboundClient>(), [new CalculatorTool(), new WebSearchTool(options.WebSearch, all.GetRequiredService<OutboundClient>())],
            all.GetRequiredService<ToolPins>(), LimitsOf(options), all.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ToolPins>();
        services.AddSingleton<PinKeeping>();
        services.AddSingleton<ToolCalls>();
        services.AddSingleton<ToolCallRetention>();
        services.AddSingleton<IHostedService>(all => new LoopService(all.GetRequiredService<ToolCallRetention>()));
        services.AddSingleton<ToolGrants>();
        services.AddSingleton<AgentTools>();
        services.AddSingleton<ServerAssignments>();
    }

    static ToolServerConfig[] GatewayOf(ServerOptions options) => options.GatewayUrl is not { } url ? [] :
    [
        new ToolServerConfig
        {
            Key = GatewayKey, Description = "What MCP_GATEWAY_URL names", Kind = ToolServerKind.Gateway, Url = url, Token = options.GatewayToken,
        },
    ];

    static ToolCatalogLimits LimitsOf(ServerOptions options) => new() { CallTimeout = options.ToolTimeout, NoPrograms = options.NoRunner ? NoRunner : null };
}
