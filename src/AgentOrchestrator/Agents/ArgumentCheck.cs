using System.Text.Json;

namespace AgentOrchestrator.Agents;

/// <summary>Compares the arguments of a call with the tool's schema as far as models get it wrong: missing members and wrong types.</summary>
static class ArgumentCheck
{
    /// <returns>What is wrong, in words for the model; null when nothing is.</returns>
    public static string? Fault(JsonElement schema, JsonElement input)
    {
        if (schema.ValueKind != JsonValueKind.Object) { return null; }

        var faults = Missing(schema, input).Concat(Mistyped(schema, input)).ToList();
        return faults.Count == 0 ? null : string.Join("; ", faults);
    }

    static IEnumerable<string> Missing(JsonElement schema, JsonElement input) =>
        schema.TryGetProperty("required", out var required) && required.ValueKind == JsonValueKind.Array
            ? required.EnumerateArray()
                .Where(name => name.ValueKind == JsonValueKind.String && !input.TryGetProperty(name.GetString()!, out _))
                .Select(name => $"'{name.GetString()}' is missing")
            : [];

    static IEnumerable<string> Mistyped(JsonElement schema, JsonElement input)
    {
        if (!schema.TryGetProperty("properties", out var properties) || properties.ValueKind != JsonValueKind.Object) { yield break; }

        foreach (var member in input.EnumerateObject())
        {
            if (properties.TryGetProperty(member.Name, out var property)
                && property.ValueKind == JsonValueKind.Object
                && property.TryGetProperty("type", out var type)
                && type.ValueKind == JsonValueKind.String
                && !Is(member.Value, type.GetString()!))
            {
                yield return $"'{member.Name}' must be of type {type.GetString()}";
            }
        }
    }

    static bool Is(JsonElement value, string type) => type switch
    {
        "string" => value.ValueKind == JsonValueKind.String,
        // C# functions take numbers that come as text, which some models send.
        "integer" or "number" => value.ValueKind is JsonValueKind.Number or JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "array" => value.ValueKind == JsonValueKind.Array,
        "object" => value.ValueKind == JsonValueKind.Object,
        _ => true,
    };
}
