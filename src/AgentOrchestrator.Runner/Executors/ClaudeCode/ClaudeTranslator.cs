using System.Globalization;
using System.Text.Json;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Runner.Executors.ClaudeCode;

/// <summary>Turns the lines of one execution into the run's output, in order, and keeps what its end is judged by.</summary>
/// <remarks>Thinking is shown live and not kept: its text is signed for the model's maker alone and of no use in a log.</remarks>
/// <param name="resumed">The session that goes on; null when one begins.</param>
sealed class ClaudeTranslator(string? resumed)
{
    const string Synthetic = "<synthetic>";

    readonly Dictionary<string, (string Name, JsonElement? Input)> _openTools = [];
    string? _boundTo;

    public ClaudeTally Tally { get; } = new(isResumed: resumed is not null);

    public IEnumerable<ClaudeOutput> Translate(ClaudeLine line) => line switch
    {
        ClaudeLine.Init init => Started(init),
        ClaudeLine.Assistant said => Blocks(said.Message).SelectMany(block => Said(block, said)),
        ClaudeLine.User answered => Answered(answered),
        ClaudeLine.Partial { ParentToolUseId: null, Event: { Type: "content_block_delta", Delta: { } delta } } => Live(delta),
        ClaudeLine.Retry retry => [Retried(retry)],
        ClaudeLine.Result result => Ended(result),
        ClaudeLine.Unreadable unreadable => [Notice("unreadable_output", unreadable.Why, null)],
        _ => [],
    };

    IEnumerable<ClaudeOutput> Started(ClaudeLine.Init init)
    {
        Tally.Model ??= init.Model;
        // Said once: with several turns in one process the line is repeated.
        if (init.SessionId is { } id && id != _boundTo)
        {
            _boundTo = id;
            yield return new ClaudeOutput.Bind(id);

            foreach (var server in init.McpServers ?? [])
            {
                if (server is not { Name: { } name, Status: { } status } || status is "connected" or "pending") { continue; }

                yield return Notice(
                    "mcp_server",
                    $"MCP server '{name}' is not connected ({status}); its tools are missing in this run.",
                    JsonSerializer.SerializeToElement(new McpNotice(name, status), ClaudeJson.Default.McpNotice));
            }
        }
    }

    IEnumerable<ClaudeOutput> Said(JsonElement block, ClaudeLine.Assistant line)
    {
        switch (Text(block, "type"))
        {
            case "text" when Text(block, "text") is { Length: > 0 } text && line.Message?.Model == Synthetic:
                // The program's own words, such as an API error, are not the agent's.
                yield return Notice("claude_code", text, null);
                break;
            case "text" when Text(block, "text") is { Length: > 0 } text:
                yield return new ClaudeOutput.Event(EventTypes.Message, Fields(line.ParentToolUseId) with { Role = "assistant", Content = Content(text) });
                break;
            case "tool_use" when Text(block, "id") is { } id:
                var tool = (Name: Text(block, "name") ?? "unknown", Input: Optional(Member(block, "input")));
                _openTools[id] = tool;
                yield return new ClaudeOutput.Event(
                    EventTypes.PreTool, Fields(line.ParentToolUseId) with { ToolName = tool.Name, ToolUseId = id, ToolInput = tool.Input });
                break;
        }
    }

    IEnumerable<ClaudeOutput> Answered(ClaudeLine.User line)
    {
        var results = Blocks(line.Message).Where(block => Text(block, "type") == "tool_result").ToList();
        // The tool's own result belongs to the line; with several blocks nothing says to which.
        var own = results.Count == 1 && line.ToolUseResult is { ValueKind: JsonValueKind.Object } structured ? structured : (JsonElement?)null;
        foreach (var block in results)
        {
            var id = Text(block, "tool_use_id") ?? "";
            _openTools.Remove(id, out var tool);
            var content = Member(block, "content");
            var isError = Member(block, "is_error").ValueKind == JsonValueKind.True;
            yield return new ClaudeOutput.Event(EventTypes.PostTool, Fields(line.ParentToolUseId) with
            {
                ToolName = tool.Name ?? "unknown",
                ToolUseId = id,
                ToolInput = tool.Input,
                ToolOutput = isError ? null : Optional(own ?? content),
                Error = isError ? PlainText(content) : null,
            });
        }
    }

    static IEnumerable<ClaudeOutput> Live(ClaudeStreamDelta delta) => delta switch
    {
        { Type: "text_delta", Text: { Length: > 0 } text } => [new ClaudeOutput.Live(new TextDelta("text", text))],
        { Type: "thinking_delta", Thinking: { Length: > 0 } text } => [new ClaudeOutput.Live(new TextDelta("thinking", text))],
        _ => [],
    };

    static ClaudeOutput.Event Retried(ClaudeLine.Retry retry)
    {
        var status = retry.ErrorStatus?.ToString(CultureInfo.InvariantCulture) ?? "no status";
        var seconds = (retry.RetryDelayMs / 1000).ToString("0.0", CultureInfo.InvariantCulture);
        return Notice(
            RetryNotice.Reason,
            $"The model's API failed ({status}, {retry.Error ?? "unknown"}); retry {retry.Attempt} of {retry.MaxRetries} in {seconds} s.",
            JsonSerializer.SerializeToElement(
                new RetryNotice(retry.Attempt, retry.MaxRetries, retry.RetryDelayMs, retry.ErrorStatus, retry.Error), ClaudeJson.Default.RetryNotice));
    }

    IEnumerable<ClaudeOutput> Ended(ClaudeLine.Result result)
    {
        Tally.Add(result);
        if (result.IsError) { yield break; }

        yield return new ClaudeOutput.Event(EventTypes.Result, new EventFields
        {
            ResultText = result.Text,
            ResultData = result.StructuredOutput,
            Usage = Tally.Usage,
        });
    }

    static EventFields Fields(string? parentToolUseId) => new()
    {
        Data = parentToolUseId is null
            ? null
            : JsonSerializer.SerializeToElement(new SubagentMark(parentToolUseId), ClaudeJson.Default.SubagentMark),
    };

    static ClaudeOutput.Event Notice(string reason, string text, JsonElement? data) =>
        new(EventTypes.Notice, new EventFields { Reason = reason, Content = Content(text), Data = data });

    static JsonElement Content(string text) =>
        JsonSerializer.SerializeToElement([new ContentBlock("text", text)], ClaudeJson.Default.IReadOnlyListContentBlock);

    static IEnumerable<JsonElement> Blocks(ClaudeMessage? message) =>
        message?.Content is { ValueKind: JsonValueKind.Array } blocks
            ? blocks.EnumerateArray().Where(block => block.ValueKind == JsonValueKind.Object)
            : [];

    static string PlainText(JsonElement content) => content.ValueKind switch
    {
        JsonValueKind.String => content.GetString()!,
        JsonValueKind.Array => string.Join('\n', content.EnumerateArray()
            .Where(block => block.ValueKind == JsonValueKind.Object).Select(block => Text(block, "text")).OfType<string>()),
        _ => "The tool failed without saying why.",
    };

    static JsonElement Member(JsonElement block, string name) => block.TryGetProperty(name, out var value) ? value : default;

    static JsonElement? Optional(JsonElement value) => value.ValueKind == JsonValueKind.Undefined ? null : value;

    static string? Text(JsonElement block, string name) =>
        Member(block, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
}
