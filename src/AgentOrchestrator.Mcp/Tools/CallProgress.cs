using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Protocol.Sessions;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AgentOrchestrator.Mcp.Tools;

/// <summary>Tells a caller that asked for it what the session that it waits for does. Each step is an event, its number the progress.</summary>
sealed class CallProgress(McpServer server, ProgressToken? token)
{
    public async Task TellAsync(FeedFrame frame, CancellationToken cancel)
    {
        if (token is not { } wanted || frame is not FeedFrame.Logged { Event: var logged })
        {
            return;
        }

        var step = new ProgressNotificationValue { Progress = logged.Seq, Message = Describe(logged) };
        await server.NotifyProgressAsync(wanted, step, cancellationToken: cancel).ConfigureAwait(false);
    }

    static string Describe(EventView logged) => logged.EventType switch
    {
        EventTypes.PreTool or EventTypes.PostTool => $"{logged.EventType} {logged.ToolName}",
        EventTypes.Message => $"message of the {logged.Role}",
        _ => logged.EventType,
    };
}
