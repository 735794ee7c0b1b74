using AgentOrchestrator.Mcp.Tools;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AgentOrchestrator.Mcp;

/// <summary>The orchestrator as an MCP server, the same behind HTTP and stdio.</summary>
public static class McpDoor
{
    /// <summary>What the server is called towards its clients.</summary>
    public const string Name = "agent-orchestrator";

    const string Instructions =
        "Starts AI agents as sessions, follows them, and reads their results. start_agent_session waits for the result unless mode says otherwise; "
        + "with async_callback, inside a session, the result comes later as a message to that session, so end your turn instead of asking for it.";

    /// <summary>For one caller: lists and calls the tools in its name.</summary>
    public static McpServerOptions For(McpCaller caller)
    {
        var tools = new ToolSet(caller);
        return new McpServerOptions
        {
            ServerInfo = new Implementation
            {
                Name = Name,
                Title = "Agent Orchestrator",
                Version = typeof(McpDoor).Assembly.GetName().Version!.ToString(3),
            },
            ServerInstructions = Instructions,
            Capabilities = new ServerCapabilities { Tools = new ToolsCapability() },
            Handlers = new McpServerHandlers { ListToolsHandler = tools.ListAsync, CallToolHandler = tools.CallAsync },
        };
    }
}
