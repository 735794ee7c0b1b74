using System.Globalization;
using System.Text.Json;
using AgentOrchestrator.Agents;
using AgentOrchestrator.Models;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Protocol.Tools;
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

    public ValueTask CallsAsync(ToolCall call) => output.EmitAsync(
        EventTypes.PreTool, new EventFields { ToolName = call.Name, ToolUseId = call.Id, ToolInput = call.Input }, flush);

    public ValueTask CalledAsync(ToolCall call, ToolAnswer answer) => output.EmitAsync(
        EventTypes.PostTool,
        new EventFields { ToolName = call.Name, ToolUseId = call.Id, ToolInput = call.Input, ToolOutput = answer.Output, Error = answer.Error },
        flush);

    public ValueTask ShortenedAsync(long leftOutUpTo) =>
        NoticeAsync("history_shortened", $"The conversation is too long for the model: what was said up to event {leftOutUpTo} was left out.");

    public ValueTask DroppedAsync(int messages) => NoticeAsync(
        "context_shortened", $"The conversation has become too long for the model: its {messages} oldest messages are left out from here on.");

    public ValueTask MissesAsync(ActionServerFault fault) => NoticeAsync(
        "tools_missing", fault.Server.Length == 0 ? $"Tools are missing: {fault.Error}" : $"The tools of '{fault.Server}' are missing: {fault.Error}");

    public ValueTask CostsUnknownAsync(string? model) => NoticeAsync(
        "budget_unknown",
        model is null
            ? "The agent's max_budget_usd bounds nothing: its definition names no model."
            : $"The agent's max_budget_usd bounds nothing: the server's MODEL_PRICES has no price of '{model}'.");

    public ValueTask WaitsAsync(AgentUpdate.Waiting wait, int maxRetries)
    {
        var seconds = wait.Wait.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        var word = wait.Reason.Failure is ModelFailure.RateLimited ? "rate_limited" : "transient";
        var notice = new RetryNotice(wait.Attempt, maxRetries, wait.Wait.TotalMilliseconds, wait.Reason.Status, word);
        return NoticeAsync(
            RetryNotice.Reason,
            $"Retry {wait.Attempt} of {maxRetries} in {seconds} s: {wait.Reason.Message}",
            JsonSerializer.SerializeToElement(notice, ChatJson.Default.RetryNotice));
    }

    public ValueTask ForgetsAsync(string why) => NoticeAsync("memory", $"The agent's memory cannot be used: {why}");

    public ValueTask EndedAsync(string text, RunUsage usage) =>
        output.EmitAsync(EventTypes.Result, new EventFields { ResultText = text, Usage = usage }, flush);

    ValueTask NoticeAsync(string reason, string text, JsonElement? data = null) => output.EmitAsync(
        EventTypes.Notice, new EventFields { Reason = reason, Content = EventText.TextContent(text), Data = data }, flush);
}
