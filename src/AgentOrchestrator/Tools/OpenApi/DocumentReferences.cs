using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentOrchestrator.Tools.OpenApi;

/// <summary>Follows the references of a document, within it only, and writes schemas without them.</summary>
/// <remarks>A schema that contains itself ends where it begins again; depth and size are bounded, since references multiply.</remarks>
sealed class DocumentReferences(JsonElement document)
{
    const int MaxHops = 16;
    const int MaxDepth = 12;
    const int MaxNodes = 2_000;

    // What checks or explains a value; examples, vendors' words and the like would only fill the model's context.
    static readonly HashSet<string> s_keywords =
    [
        "type", "format", "title", "description", "enum", "const", "default", "nullable", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
        "multipleOf", "minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "required",
    ];

    int _nodes;

    /// <summary>What stands at the end of a chain of references; nothing when it leads nowhere or around.</summary>
    public JsonElement Follow(JsonElement element)
    {
        for (var hop = 0; Reference(element) is { } reference; hop++)
        {
            if (hop == MaxHops || !TryFind(reference, out element)) { return default; }
        }

        return element;
    }

    /// <summary>The same schema with nothing to look up.</summary>
    public JsonObject Inline(JsonElement schema)
    {
        _nodes = 0;
        return Inline(schema, []);
    }

    JsonObject Inline(JsonElement schema, Stack<string> open)
    {
        var reference = Reference(schema);
        var followed = reference is null ? schema : TryFind(reference, out var found) ? found : default;
        if (open.Count > MaxDepth || ++_nodes > MaxNodes || (reference is not null && open.Contains(reference))) { return End(followed); }

        open.Push(reference ?? "");
        var inlined = reference is not null && Reference(followed) is not null ? Inline(followed, open) : Members(followed, open);
        open.Pop();
        return inlined;
    }

    // The type alone: what is inside was said further out, or is too much.
    static JsonObject End(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("type", out var type)
            ? new JsonObject { ["type"] = JsonNode.Parse(type.GetRawText()) }
            : [];

    JsonObject Members(JsonElement schema, Stack<string> open)
    {
        var inlined = new JsonObject();
        if (schema.ValueKind != JsonValueKind.Object) { return inlined; }

        foreach (var member in schema.EnumerateObject())
        {
            if (s_keywords.Contains(member.Name)) { inlined[member.Name] = JsonNode.Parse(member.Value.GetRawText()); }
            else if (Inline(member, open) is { } node) { inlined[member.Name] = node; }
        }

        return inlined;
    }

    JsonNode? Inline(JsonProperty member, Stack<string> open) => (member.Name, member.Value.ValueKind) switch
    {
        ("properties", JsonValueKind.Object) => Properties(member.Value, open),
        ("items" or "additionalProperties", JsonValueKind.Object) => Inline(member.Value, open),
        ("additionalProperties", JsonValueKind.True or JsonValueKind.False) => JsonValue.Create(member.Value.GetBoolean()),
        ("anyOf" or "oneOf" or "allOf", JsonValueKind.Array) => new JsonArray([.. member.Value.EnumerateArray().Select(choice => (JsonNode)Inline(choice, open))]),
        _ => null,
    };

    JsonObject Properties(JsonElement properties, Stack<string> open)
    {
        var inlined = new JsonObject();
        foreach (var property in properties.EnumerateObject()) { inlined[property.Name] = Inline(property.Value, open); }
        return inlined;
    }

    static string? Reference(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty("$ref", out var reference) && reference.ValueKind == JsonValueKind.String
            ? reference.GetString()
            : null;

    bool TryFind(string reference, out JsonElement found)
    {
        found = document;
        if (!reference.StartsWith("#/", StringComparison.Ordinal)) { return false; }

        foreach (var step in reference[2..].Split('/'))
        {
            var name = Uri.UnescapeDataString(step).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(name, out found)) { return false; }
        }

        return true;
    }
}
