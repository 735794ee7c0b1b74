using AgentOrchestrator.Tools.Servers;

namespace AgentOrchestrator.Tools.Catalog;

/// <summary>What one agent was given. A server that is not in it does not exist for the agent.</summary>
public sealed record ToolGrant
{
    public required string Agent { get; init; }

    /// <summary>The server that it is assigned: its tools have the names that the server gives them.</summary>
    public ToolServerConfig? Assigned { get; init; }

    /// <summary>The servers of its own definition: their tools are named <c>mcp__SERVER__TOOL</c>.</summary>
    public IReadOnlyList<ToolServerConfig> Own { get; init; } = [];

    /// <summary>Names of the catalogue's own tools that it has.</summary>
    public IReadOnlyList<string> BuiltIn { get; init; } = [];

    /// <summary>Names of tools that it has not, whoever offers them.</summary>
    public IReadOnlyList<string> Denied { get; init; } = [];
}
