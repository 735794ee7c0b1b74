using AgentOrchestrator.Mcp.Tools;
using AgentOrchestrator.Protocol;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AgentOrchestrator.Mcp;

/// <summary>What one caller can call: the orchestrator's own tools, and the agents that are published as tools.</summary>
sealed class ToolSet(McpCaller caller)
{
    static readonly IReadOnlyList<OrchestratorTool> s_own =
    [
        AgentTools.List,
        SessionTools.List,
        RunTools.Start,
        RunTools.Resume,
        SessionTools.Status,
        SessionTools.Result,
        SessionTools.Stop,
        SessionTools.DeleteAll,
        MemoryTools.Search,
        MemoryTools.Add,
    ];

    public async ValueTask<ListToolsResult> ListAsync(RequestContext<ListToolsRequestParams> request, CancellationToken cancel)
    {
        try
        {
            var published = await PublishedAsync(cancel).ConfigureAwait(false);
            return new ListToolsResult { Tools = [.. s_own.Concat(published).Select(tool => tool.Shown)] };
        }
        catch (ProductException)
        {
            // A client that is told of no tools asks no more. A call says then what is wrong.
            return new ListToolsResult { Tools = [.. s_own.Select(tool => tool.Shown)] };
        }
    }

    /// <summary>Whatever goes wrong is told in words in the tool's answer, for the model to read; only an unknown tool is an error of the protocol.</summary>
    public async ValueTask<CallToolResult> CallAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancel)
    {
        var asked = request.Params?.Name ?? throw new McpProtocolException("the tool's name is missing", McpErrorCode.InvalidParams);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel, caller.Gone);
        try
        {
            var tool = await FindAsync(asked, end.Token).ConfigureAwait(false);
            var arguments = ToolArguments.Read(request.Params.Arguments);
            var answer = tool.FaultOf(arguments) is { } fault
                ? ToolAnswer.OfError($"the arguments of {tool.Name} do not fit its schema: {fault}", "invalid")
                : await tool.Run(new ToolCall(caller, arguments, new CallProgress(request.Server, request.Params.ProgressToken), end.Token))
                    .ConfigureAwait(false);
            return answer.ToResult();
        }
        catch (ProductException refused)
        {
            return ToolAnswer.OfError(refused).ToResult();
        }
        catch (OperationCanceledException) when (caller.Gone.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            return ToolAnswer.OfError("this call is not waited for any more; what it started goes on, and get_agent_session_result has its result", "unavailable").ToResult();
        }
    }

    async Task<OrchestratorTool> FindAsync(string name, CancellationToken cancel) =>
        s_own.FirstOrDefault(tool => tool.Name == name)
        ?? (await PublishedAsync(cancel).ConfigureAwait(false)).FirstOrDefault(tool => tool.Name == name)
        ?? throw new McpProtocolException($"Unknown tool: '{ToolAnswer.Short(name)}'; tools/list has those that there are", McpErrorCode.InvalidParams);

    /// <remarks>A tool of our own keeps its name, whatever an agent is called.</remarks>
    async Task<IEnumerable<OrchestratorTool>> PublishedAsync(CancellationToken cancel) =>
        from agent in await AgentTools.FindAsync(caller, cancel).ConfigureAwait(false)
        where AgentTools.IsPublished(agent) && s_own.All(tool => tool.Name != agent.Name)
        select AgentTools.Publish(agent);
}
