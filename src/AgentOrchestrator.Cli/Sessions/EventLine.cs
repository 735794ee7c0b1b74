using System.Text.Json;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Cli.Sessions;

/// <param name="Body">Safe for a terminal. Of a message, with its line breaks.</param>
sealed record LineText(string Icon, string Type, Func<string, string> Paint, string Body)
{
    public bool IsMessage { get; init; }
}

/// <summary>Says what one event means, with what it took since the event that it answers.</summary>
sealed class EventLine(Ink ink)
{
    const string Between = " · ";

    readonly Dictionary<string, DateTimeOffset> _begun = [];

    public LineText Describe(EventView logged)
    {
        var (icon, paint, body) = logged.EventType switch
        {
            EventTypes.RunQueued => ("○", ink.Dim, $"{DataText(logged, "type")} {DataText(logged, "agent")}"),
            EventTypes.RunStart => Begin("▶", ink.Blue, logged, logged.RunId, DataText(logged, "runner_id") is { } runner ? $"on {runner}" : ""),
            EventTypes.SessionStart => ("▶", ink.Blue, ""),
            EventTypes.Message when logged.Role is "user" => ("›", ink.Bold, TextOf(logged)),
            EventTypes.Message => ("‹", ink.Cyan, TextOf(logged)),
            EventTypes.PreTool => Begin("→", ink.Yellow, logged, logged.ToolUseId, $"{logged.ToolName} {Compact(logged.ToolInput)}"),
            EventTypes.PostTool when logged.Error is { } error => ("✗", ink.Red, $"{logged.ToolName}{Took(logged, logged.ToolUseId)} {error}"),
            EventTypes.PostTool => ("←", ink.Yellow, $"{logged.ToolName}{Took(logged, logged.ToolUseId)} {Compact(logged.ToolOutput)}"),
            EventTypes.Result => ("=", ink.Green, Usage(logged.Usage)),
            EventTypes.RunCompleted => ("✓", ink.Green, EndOf(logged)),
            EventTypes.SessionStop when logged.ExitCode is null or 0 => ("✓", ink.Green, logged.Reason ?? ""),
            EventTypes.SessionStop => ("✗", ink.Red, $"{logged.Reason} (exit code {logged.ExitCode})"),
            EventTypes.RunFailed => ("✗", ink.Red, EndOf(logged)),
            EventTypes.RunStopped => ("■", ink.Yellow, EndOf(logged)),
            EventTypes.RunStopping => ("■", ink.Yellow, logged.Reason ?? ""),
            EventTypes.LateReport => ("✗", ink.Yellow, LateOf(logged)),
            EventTypes.AgentQuarantined => ("■", ink.Red, $"{DataText(logged, "agent")} failed again and again: its queued runs wait for 'ao agents release'"),
            EventTypes.Callback or EventTypes.CallbackDropped => ("↩", ink.Blue, $"{DataText(logged, "child_session_name")} {logged.Error ?? logged.Reason}"),
            _ => ("·", ink.Dim, Rest(logged)),
        };
        var isMessage = logged.EventType is EventTypes.Message;
        return new LineText(icon, PlainText.OneLine(logged.EventType), paint, isMessage ? PlainText.Clean(body).Trim() : PlainText.OneLine(body))
        {
            IsMessage = isMessage,
        };
    }

    (string, Func<string, string>, string) Begin(string icon, Func<string, string> paint, EventView logged, string? key, string body)
    {
        if (key is not null)
        {
            _begun[key] = logged.RecordedAt;
        }

        return (icon, paint, body);
    }

    string Took(EventView logged, string? key) =>
        key is not null && _begun.Remove(key, out var begun) ? $" ({Spans.Took(logged.RecordedAt - begun)})" : "";

    string EndOf(EventView logged)
    {
        var took = Took(logged, logged.RunId).Trim(' ', '(', ')');
        var why = logged.Error ?? (logged.Reason is "completed" or "stopped" ? null : logged.Reason);
        var next = DataText(logged, "retry_run_id") is { } retry ? $"tried again as {retry}" : null;
        return string.Join(Between, new[] { took, why, next, Usage(logged.Usage) }.Where(part => !string.IsNullOrEmpty(part)));
    }

    static string LateOf(EventView logged)
    {
        var refused = $"{DataText(logged, "reported")}, refused: the run was {DataText(logged, "stands")}";
        return string.Join(Between, new[] { refused, logged.Error, logged.ResultText, Usage(logged.Usage) }.Where(part => !string.IsNullOrEmpty(part)));
    }

    static string Usage(RunUsage? usage)
    {
        if (usage is null)
        {
            return "";
        }

        var read = (usage.InputTokens ?? 0) + (usage.CachedInputTokens ?? 0) + (usage.CacheWriteTokens ?? 0);
        var parts = new List<string>();
        if (read > 0 || usage.OutputTokens > 0)
        {
            parts.Add($"{read:N0} tokens in, {usage.OutputTokens ?? 0:N0} out");
        }

        if (usage.CostUsd is { } cost)
        {
            parts.Add($"${cost:0.0000}");
        }

        if (usage.Model is { } model)
        {
            parts.Add(model);
        }

        return string.Join(Between, parts);
    }

    /// <summary>A text among the event's data; null when there is none of that name.</summary>
    public static string? DataText(EventView logged, string name) =>
        logged.Data is { ValueKind: JsonValueKind.Object } data && data.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String
            ? value.GetString()
            : null;

    static string TextOf(EventView logged)
    {
        if (logged.Content is not { ValueKind: JsonValueKind.Array } blocks)
        {
            return logged.Content?.ToString() ?? "";
        }

        return string.Join('\n', blocks.EnumerateArray().Select(TextOf).Where(text => text.Length > 0));
    }

    static string TextOf(JsonElement block)
    {
        if (block.ValueKind is JsonValueKind.Object
            && block.TryGetProperty("text", out var text) && text.ValueKind is JsonValueKind.String)
        {
            return text.GetString()!;
        }

        return block.ValueKind is JsonValueKind.String ? block.GetString()! : block.GetRawText();
    }

    static string Compact(JsonElement? value) => value switch
    {
        null or { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } => "",
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        // One value says more without the braces around it.
        { ValueKind: JsonValueKind.Object } fields when fields.GetPropertyCount() == 1 => Only(fields),
        { } other => other.GetRawText(),
    };

    static string Only(JsonElement fields)
    {
        var field = fields.EnumerateObject().First();
        return field.Value.ValueKind is JsonValueKind.String ? field.Value.GetString()! : fields.GetRawText();
    }

    static string Rest(EventView logged) =>
        string.Join(' ', new[] { logged.Reason, logged.Error, logged.ResultText, Compact(logged.Data), logged.Content is null ? null : TextOf(logged) }
            .Where(part => !string.IsNullOrEmpty(part)));
}
