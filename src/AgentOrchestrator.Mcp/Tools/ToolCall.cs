using AgentOrchestrator.Protocol.Client;

namespace AgentOrchestrator.Mcp.Tools;

/// <summary>One call of a tool, its arguments checked against the tool's schema.</summary>
sealed record ToolCall(McpCaller Caller, ToolArguments Arguments, CallProgress Progress, CancellationToken Cancel)
{
    public OrchestratorClient Client => Caller.Client;

    /// <summary>The caller is there and does not want the answer any more. Otherwise it left, and what it started goes on.</summary>
    public bool IsGivenUp => Cancel.IsCancellationRequested && !Caller.Gone.IsCancellationRequested;
}
