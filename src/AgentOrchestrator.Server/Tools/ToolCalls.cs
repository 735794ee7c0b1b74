using System.Diagnostics;
using System.Text;
using System.Text.Json;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Tools;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Metrics;
using AgentOrchestrator.Tools;
using AgentOrchestrator.Tools.Catalog;

namespace AgentOrchestrator.Server.Tools;

/// <summary>Makes calls of tools, and notes each: in the database, in the metrics, as a span. Names and sizes only: what was said is not part of them.</summary>
sealed partial class ToolCalls(ToolCatalog catalog, IToolStore store, ServerMeter meter, TimeProvider time, ILogger<ToolCalls> log)
{
    const string Cancelled = "cancelled";

    public async Task<ToolOutcome> CallAsync(Principal caller, string agent, CatalogTool tool, JsonElement arguments, CancellationToken cancel)
    {
        var (at, since) = (time.GetUtcNow(), time.GetTimestamp());
        using var span = Tracing.Begin($"execute_tool {tool.Id}", ActivityKind.Client, Activity.Current?.Id);
        span?.SetTag("gen_ai.operation.name", "execute_tool").SetTag("gen_ai.tool.name", tool.Id).SetTag("gen_ai.agent.name", agent)
            .SetTag("agent_orchestrator.tool.server", tool.Server);
        ToolOutcome? outcome = null;
        try
        {
            return outcome = await catalog.CallAsync(tool, arguments, new ToolCaller(agent, caller.RunId is null ? ToolCaller.User : ToolCaller.Agent), cancel);
        }
        finally
        {
            var word = outcome is null ? Cancelled : ShownAction.WordOf(outcome.Kind);
            if (outcome is not { Kind: ToolOutcomeKind.Ok }) { span?.SetTag("error.type", word).SetStatus(ActivityStatusCode.Error); }
            meter.ToolCalled(tool.Server, tool.Id, word, time.GetElapsedTime(since));
            await NoteAsync(new ToolCallRecord(
                caller.Org, agent, caller.RunId, caller.SessionId, caller.Actor, tool.Server, tool.Id, word, WireTime.Truncate(at),
                (long)time.GetElapsedTime(since).TotalMilliseconds, SizeOf(arguments.GetRawText()), SizeOf(outcome?.Error ?? outcome?.Result?.GetRawText())));
        }
    }

    // The call was made: who asked must be told how it went, whether the database takes the note or not.
    async Task NoteAsync(ToolCallRecord call)
    {
        try
        {
            await store.NoteCallAsync(call, CancellationToken.None);
        }
        catch (ProductException failure)
        {
            LogNotNoted(call.Agent, call.Server, call.Tool, failure.Message);
        }
    }

    static long SizeOf(string? text) => text is null ? 0 : Encoding.UTF8.GetByteCount(text);

    [LoggerMessage(LogLevel.Warning, "A call by {Agent} of {Server} {Tool} was made and is not noted: {Reason}")]
    partial void LogNotNoted(string agent, string server, string tool, string reason);
}
