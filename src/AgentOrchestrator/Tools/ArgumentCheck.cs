using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentOrchestrator.Tools;

/// <summary>Whether arguments fit a tool's schema, told in words that a model can act on.</summary>
/// <remarks>Schemas come from strangers: keywords that are not known here, and references, check nothing; the server has the last word.</remarks>
static class ArgumentCheck
{
    const int MaxDepth = 32;

    /// <summary>The first thing that is wrong; null when the arguments fit.</summary>
    public static string? Fault(JsonElement schema, JsonObject arguments) => Of(schema, arguments, takesTextAsNumber: false);

    /// <summary>As above, for a C# function, which takes numbers that come as text, as some models send them.</summary>
    public static string? FaultForFunction(JsonElement schema, JsonObject arguments) => Of(schema, arguments, takesTextAsNumber: true);

    static string? Of(JsonElement schema, JsonObject arguments, bool takesTextAsNumber) => Fault(schema, arguments, "", 0, takesTextAsNumber) is { } fault ? fault + "." : null;

    static string? Fault(JsonElement schema, JsonNode? value, string place, int depth, bool takesTextAsNumber)
    {
        if (schema.ValueKind != JsonValueKind.Object || depth > MaxDepth) { return null; }

        return TypeFault(schema, value, place, takesTextAsNumber)
            ?? EnumFault(schema, value, place)
            ?? AnyFault(schema, value, place, depth, takesTextAsNumber)
            ?? value switch
            {
                JsonObject members => MembersFault(schema, members, place, depth, takesTextAsNumber),
                JsonArray items => ItemsFault(schema, items, place, depth, takesTextAsNumber),
                _ => null,
            };
    }

    static string? TypeFault(JsonElement schema, JsonNode? value, string place, bool takesTextAsNumber)
    {
        if (!schema.TryGetProperty("type", out var type)) { return null; }

        string[] types = type.ValueKind switch
        {
            JsonValueKind.String => [type.GetString()!],
            JsonValueKind.Array => [.. type.EnumerateArray().Where(t => t.ValueKind == JsonValueKind.String).Select(t => t.GetString()!)],
            _ => [],
        };
        var nullable = schema.TryGetProperty("nullable", out var may) && may.ValueKind == JsonValueKind.True;
        return types.Length == 0 || types.Any(t => IsA(t, value) || (takesTextAsNumber && t is ("number" or "integer") && IsA("string", value))) || (nullable && value is null)
            ? null
            : $"{Named(place)} must be {string.Join(" or ", types.Select(Article))}, not {Kind(value)}";
    }

    static string? EnumFault(JsonElement schema, JsonNode? value, string place)
    {
        if (!schema.TryGetProperty("enum", out var allowed) || allowed.ValueKind != JsonValueKind.Array) { return null; }

        return allowed.EnumerateArray().Any(one => JsonNode.DeepEquals(JsonNode.Parse(one.GetRawText()), value))
            ? null
            : $"{Named(place)} must be one of {string.Join(", ", allowed.EnumerateArray().Take(20).Select(one => one.GetRawText()))}";
    }

    static string? AnyFault(JsonElement schema, JsonNode? value, string place, int depth, bool takesTextAsNumber)
    {
        foreach (var word in (string[])["anyOf", "oneOf"])
        {
            if (!schema.TryGetProperty(word, out var choices) || choices.ValueKind != JsonValueKind.Array || choices.GetArrayLength() == 0) { continue; }

            var faults = choices.EnumerateArray().Select(choice => Fault(choice, value, place, depth + 1, takesTextAsNumber)).ToList();
            if (faults.TrueForAll(fault => fault is not null)) { return faults[0]; }
        }

        return null;
    }

    static string? MembersFault(JsonElement schema, JsonObject members, string place, int depth, bool takesTextAsNumber)
    {
        if (schema.TryGetProperty("required", out var required) && required.ValueKind == JsonValueKind.Array)
        {
            var missing = required.EnumerateArray().FirstOrDefault(name => name.ValueKind == JsonValueKind.String && !members.ContainsKey(name.GetString()!));
            if (missing.ValueKind == JsonValueKind.String) { return $"{Named(Below(place, missing.GetString()!))} is required"; }
        }

        var known = schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object ? properties : default;
        var closed = schema.TryGetProperty("additionalProperties", out var more) && more.ValueKind == JsonValueKind.False;
        foreach (var (name, member) in members)
        {
            if (known.ValueKind == JsonValueKind.Object && known.TryGetProperty(name, out var property))
            {
                if (Fault(property, member, Below(place, name), depth + 1, takesTextAsNumber) is { } fault) { return fault; }
            }
            else if (closed) { return $"{Named(Below(place, name))} is not known"; }
        }

        return null;
    }

    static string? ItemsFault(JsonElement schema, JsonArray items, string place, int depth, bool takesTextAsNumber) =>
        schema.TryGetProperty("items", out var item)
            ? items.Select((value, index) => Fault(item, value, Below(place, $"{index}"), depth + 1, takesTextAsNumber)).FirstOrDefault(fault => fault is not null)
            : null;

    static bool IsA(string type, JsonNode? value) => (type, value?.GetValueKind()) switch
    {
        ("null", null) => true,
        ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("string", JsonValueKind.String) or ("number", JsonValueKind.Number) => true,
        ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("integer", JsonValueKind.Number) => IsWhole(value!),
        _ => type is not ("null" or "object" or "array" or "string" or "number" or "boolean" or "integer"),
    };

    static bool IsWhole(JsonNode number) => double.TryParse(number.ToJsonString(), out var value) && double.IsInteger(value);

    static string Kind(JsonNode? value) => value?.GetValueKind() switch
    {
        null => "null",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        JsonValueKind.Number => IsWhole(value) ? "a number" : "a number with a fraction",
        { } kind => Article(kind.ToString().ToLowerInvariant()),
    };

    static string Article(string type) => type is "null" ? type : type[0] is 'a' or 'o' or 'i' ? $"an {type}" : $"a {type}";

    static string Below(string place, string name) => place.Length == 0 ? name : $"{place}.{name}";

    static string Named(string place) => place.Length == 0 ? "The arguments" : $"'{place}'";
}
