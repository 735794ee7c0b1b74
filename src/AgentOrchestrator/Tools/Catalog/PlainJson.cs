using System.Text.Json;

namespace AgentOrchestrator.Tools.Catalog;

/// <summary>Whether JSON of strangers can go into answers of ours: not too deep, not too long, no member twice, every text of whole characters.</summary>
static class PlainJson
{
    public static bool Fits(JsonElement json, int maxDepth, int maxLength)
    {
        if (json.ValueKind == JsonValueKind.Undefined) { return false; }

        var text = json.GetRawText();
        return text.Length <= maxLength && Fits(text, maxDepth);
    }

    public static bool Fits(string text, int maxDepth)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = maxDepth, AllowDuplicateProperties = false });
            return IsWhole(document.RootElement);
        }
        catch (JsonException)
        {
            return false;
        }
        catch (InvalidOperationException)
        {
            // Half of a character, in a member's name or a text.
            return false;
        }
    }

    static bool IsWhole(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => json.GetString() is not null,
        JsonValueKind.Array => json.EnumerateArray().All(IsWhole),
        JsonValueKind.Object => json.EnumerateObject().All(member => member.Name is not null && IsWhole(member.Value)),
        _ => true,
    };
}
