using System.Text.Json;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Runner.Attempts;

namespace AgentOrchestrator.Runner.Executors.Chat;

/// <summary>What a chat writes to the session's log.</summary>
/// <param name="flush">Ends the waiting for room in the spool some time after a stop.</param>
sealed class ChatOutput(IRunOutput output, CancellationToken flush)
{
    static readonly JsonElement s_partial = JsonElement.Parse("""{"partial":true}""");

    public ValueTask SaidAsync(string text, bool isPartial) => text.Length == 0
        ? ValueTask.CompletedTask
        : output.EmitAsync(
            EventTypes.Message,
            new EventFields { Role = "assistant", Content = EventText.TextContent(text), Data = isPartial ? s_partial : null },
            flush);

    public ValueTask CallsAsync(ToolUse use) => output.EmitAsync(
        EventTypes.PreTool, new EventFields { ToolName = use.Name, ToolUseId = use.Id, ToolInput = use.Input }, flush);

    public ValueTask CalledAsync(ToolUse use, ToolAnswer answer) => output.EmitAsync(
        EventTypes.PostTool,
        new EventFields { ToolName = use.Name, ToolUseId = use.Id, ToolInput = use.Input, ToolOutput = answer.Output, Error = answer.Error },
        flush);

    public ValueTask ShortenedAsync(long leftOutUpTo) => output.EmitAsync(
        EventTypes.Notice,
        new EventFields
        {
            Reason = "history_shortened",
            Content = EventText.TextContent($"The conversation is too long for the model: what was said up to event {leftOutUpTo} was left out."),
        },
        flush);

    public ValueTask EndedAsync(string text, RunUsage usage) =>
        output.EmitAsync(EventTypes.Result, new EventFields { ResultText = text, Usage = usage }, flush);
}
