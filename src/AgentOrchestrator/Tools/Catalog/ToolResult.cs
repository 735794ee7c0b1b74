using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Tools.Catalog;

/// <summary>What a tool returned, as JSON of bounded length and depth; what does not fit becomes text.</summary>
static class ToolResult
{
    const int MaxDepth = 24;

    public static JsonElement? Of(object? value, int maxLength)
    {
        if (value is null or JsonElement { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined }) { return null; }
        if (value is string text) { return Text(text, maxLength); }

        var json = value is JsonElement element ? element : JsonSerializer.SerializeToElement(value, AIJsonUtilities.DefaultOptions.GetTypeInfo(value.GetType()));
        if (json.ValueKind == JsonValueKind.String && PlainJson.Fits(json.GetRawText(), MaxDepth)) { return Text(json.GetString()!, maxLength); }

        var raw = json.GetRawText();
        return raw.Length <= maxLength && PlainJson.Fits(raw, MaxDepth) ? json : Text(raw, maxLength);
    }

    static JsonElement Text(string text, int maxLength)
    {
        var shown = text.Length <= maxLength ? text : $"{text[..maxLength]}\n[cut: {text.Length - maxLength:N0} more characters]";
        return JsonElement.Parse($"\"{JsonEncodedText.Encode(shown)}\"");
    }
}
