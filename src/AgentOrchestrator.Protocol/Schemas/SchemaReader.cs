using System.Text.Json;
using System.Text.RegularExpressions;

namespace AgentOrchestrator.Protocol.Schemas;

/// <summary>Reads a schema and refuses what it does not know.</summary>
sealed class SchemaReader(JsonElement root)
{
    static readonly string[] s_types = ["object", "array", "string", "number", "integer", "boolean", "null"];
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    // By pointer; a schema that is being read stands here already, so that one may contain itself.
    readonly Dictionary<string, SchemaNode> _read = new(StringComparer.Ordinal);

    public SchemaNode Read() => Read(root, SchemaPlace.Root);

    SchemaNode Read(JsonElement schema, SchemaPlace place)
    {
        if (_read.TryGetValue(place.ToString(), out var known)) { return known; }

        var node = _read[place.ToString()] = new SchemaNode();
        switch (schema.ValueKind)
        {
            case JsonValueKind.True or JsonValueKind.False:
                node.Always = schema.GetBoolean();
                break;
            case JsonValueKind.Object:
                foreach (var keyword in schema.EnumerateObject()) { Read(node, keyword.Name, keyword.Value, place.At(keyword.Name)); }
                break;
            default:
                throw Wrong(place, "must be a schema: an object, true or false");
        }

        return node;
    }

    void Read(SchemaNode node, string keyword, JsonElement value, SchemaPlace at)
    {
        switch (keyword)
        {
            case "type": node.Types = Types(value, at); break;
            case "enum": node.Enum = [.. Array(value, at).Select(item => item.Clone())]; break;
            case "const": node.Const = value.Clone(); break;
            case "properties": node.Properties = Schemas(value, at); break;
            case "required": node.Required = [.. Array(value, at).Select(item => Text(item, at))]; break;
            case "additionalProperties": node.AdditionalProperties = Read(value, at); break;
            case "minProperties": node.MinProperties = Count(value, at); break;
            case "maxProperties": node.MaxProperties = Count(value, at); break;
            case "items": node.Items = Read(value, at); break;
            case "minItems": node.MinItems = Count(value, at); break;
            case "maxItems": node.MaxItems = Count(value, at); break;
            case "uniqueItems": node.UniqueItems = Flag(value, at); break;
            case "minLength": node.MinLength = Count(value, at); break;
            case "maxLength": node.MaxLength = Count(value, at); break;
            case "pattern": node.Pattern = Pattern(value, at); break;
            case "minimum": node.Minimum = Number(value, at); break;
            case "maximum": node.Maximum = Number(value, at); break;
            case "exclusiveMinimum": node.ExclusiveMinimum = Number(value, at); break;
            case "exclusiveMaximum": node.ExclusiveMaximum = Number(value, at); break;
            case "multipleOf": node.MultipleOf = Divisor(value, at); break;
            case "allOf": node.AllOf = List(value, at); break;
            case "anyOf": node.AnyOf = List(value, at); break;
            case "oneOf": node.OneOf = List(value, at); break;
            case "not": node.Not = Read(value, at); break;
            case "$ref": node.Ref = Follow(Text(value, at), at); break;
            case "$defs" or "definitions": Schemas(value, at); break;
            case "$schema" or "$id" or "$comment" or "title" or "description" or "default" or "examples" or "format" or "deprecated"
                or "readOnly" or "writeOnly":
                break;
            default:
                throw Wrong(at, "is not a keyword that is checked here; docs/agents.md lists those that are");
        }
    }

    SchemaNode Follow(string reference, SchemaPlace at)
    {
        if (!reference.StartsWith('#')) { throw Wrong(at, "must point into this schema, such as '#/$defs/item'"); }

        var schema = root;
        var place = SchemaPlace.Root;
        foreach (var part in reference[1..].Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = Uri.UnescapeDataString(part).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (schema.ValueKind is JsonValueKind.Array && int.TryParse(name, out var index) && index >= 0 && index < schema.GetArrayLength())
            {
                schema = schema[index];
            }
            else if (schema.ValueKind is not JsonValueKind.Object || !schema.TryGetProperty(name, out schema))
            {
                throw Wrong(at, $"points to '{reference}', which is not there");
            }

            place = place.At(name);
        }

        return Read(schema, place);
    }

    Dictionary<string, SchemaNode> Schemas(JsonElement value, SchemaPlace at) => value.ValueKind is JsonValueKind.Object
        ? value.EnumerateObject().ToDictionary(pair => pair.Name, pair => Read(pair.Value, at.At(pair.Name)), StringComparer.Ordinal)
        : throw Wrong(at, "must be an object of schemas");

    List<SchemaNode> List(JsonElement value, SchemaPlace at)
    {
        var schemas = Array(value, at).Select((schema, index) => Read(schema, at.At(index))).ToList();
        return schemas.Count > 0 ? schemas : throw Wrong(at, "must have a schema");
    }

    static IReadOnlyList<string> Types(JsonElement value, SchemaPlace at)
    {
        IReadOnlyList<string> types = value.ValueKind is JsonValueKind.String ? [value.GetString()!] : [.. Array(value, at).Select(item => Text(item, at))];
        return types.FirstOrDefault(type => !s_types.Contains(type)) is { } unknown
            ? throw Wrong(at, $"has no type '{unknown}'; there are {string.Join(", ", s_types)}")
            : types;
    }

    static Regex Pattern(JsonElement value, SchemaPlace at)
    {
        try
        {
            // Takes time in proportion to the text, whatever the pattern is.
            return new Regex(Text(value, at), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, s_patience);
        }
        catch (Exception wrong) when (wrong is ArgumentException or NotSupportedException)
        {
            throw Wrong(at, "is not a pattern without look-around and back-references: " + wrong.Message);
        }
    }

    static JsonElement.ArrayEnumerator Array(JsonElement value, SchemaPlace at) =>
        value.ValueKind is JsonValueKind.Array ? value.EnumerateArray() : throw Wrong(at, "must be a list");

    static string Text(JsonElement value, SchemaPlace at) =>
        value.ValueKind is JsonValueKind.String ? value.GetString()! : throw Wrong(at, "must be a text");

    static bool Flag(JsonElement value, SchemaPlace at) =>
        value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(at, "must be true or false");

    static double Number(JsonElement value, SchemaPlace at) =>
        value.ValueKind is JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : throw Wrong(at, "must be a number");

    static decimal Divisor(JsonElement value, SchemaPlace at) =>
        value.ValueKind is JsonValueKind.Number && value.TryGetDecimal(out var number) && number > 0 ? number : throw Wrong(at, "must be a number above 0");

    static int Count(JsonElement value, SchemaPlace at) =>
        value.ValueKind is JsonValueKind.Number && value.TryGetInt32(out var count) && count >= 0
            ? count
            : throw Wrong(at, "must be a whole number from 0 on");

    static ProductException Wrong(SchemaPlace place, string message) =>
        new(ErrorCode.Invalid, place.Parent is null ? $"the schema {message}" : $"{place} {message}");
}
