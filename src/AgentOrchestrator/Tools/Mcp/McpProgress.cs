using ModelContextProtocol;

namespace AgentOrchestrator.Tools.Mcp;

/// <summary>Passes on how far a call has come, in the words of the library.</summary>
sealed class McpProgress(IProgress<ToolProgress> to) : IProgress<ProgressNotificationValue>
{
    public void Report(ProgressNotificationValue value) => to.Report(new ToolProgress(value.Progress, value.Total, value.Message));
}
