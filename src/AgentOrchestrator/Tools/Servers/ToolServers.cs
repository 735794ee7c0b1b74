using AgentOrchestrator.Tools.Gateway;
using AgentOrchestrator.Tools.Mcp;
using AgentOrchestrator.Tools.OpenApi;
using AgentOrchestrator.Tools.Outbound;

namespace AgentOrchestrator.Tools.Servers;

/// <summary>Makes the server that a configuration describes.</summary>
public static class ToolServers
{
    /// <param name="config">Where it is and what it speaks.</param>
    /// <param name="client">The gate that all HTTP goes through.</param>
    /// <param name="pins">What tools said of themselves before.</param>
    public static IToolServer Open(ToolServerConfig config, OutboundClient client, ToolPins? pins = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.Kind switch
        {
            ToolServerKind.OpenApi => new OpenApiServer(config, client),
            ToolServerKind.Gateway => new GatewayServer(config, client, pins),
            ToolServerKind.Probe => new ProbedServer(config, client, pins),
            _ => new McpToolServer(config, client, pins),
        };
    }
}
