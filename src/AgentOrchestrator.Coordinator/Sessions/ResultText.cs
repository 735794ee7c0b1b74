using System.Text;
using System.Text.Json;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Coordinator.Sessions;

public static class ResultText
{
    /// <summary>The text of an entry that a result is read from: its own, else its data as JSON, else all text blocks of a message.</summary>
    public static string? TextOfResult(this EventFields fields)
    {
        if (fields.ResultText is not null || fields.ResultData is not null)
        {
            return fields.ResultText ?? fields.ResultData?.GetRawText();
        }

        if (fields.Content is not { ValueKind: JsonValueKind.Array } blocks)
        {
            return null;
        }

        var text = new StringBuilder();
        foreach (var block in blocks.EnumerateArray())
        {
            if (block.ValueKind == JsonValueKind.Object
                && block.TryGetProperty("text", out var part) && part.ValueKind == JsonValueKind.String)
            {
                text.Append(TextOf(part));
            }
        }

        return text.Length == 0 ? null : text.ToString();
    }

    // Logs carry what models wrote, and that may hold an escaped half of a surrogate pair, which is no .NET text.
    static string TextOf(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return text.GetRawText();
        }
    }
}
