using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace AgentOrchestrator.Server.Http;

/// <summary>Says in words of the wire what a JSON value should have been; the serializer speaks of types.</summary>
static partial class WrongValue
{
    const string SerializersOwn = "The JSON value could not be converted";

    public static string Explain(JsonException wrong, JsonTypeInfo shape)
    {
        var path = (wrong.Path ?? "$") is ['$', .. var rest] ? rest.TrimStart('.') : wrong.Path!;
        var member = path.Length > 0 ? path : "the body";
        if (MissingMembers().Match(wrong.Message) is { Success: true } missing)
        {
            var names = missing.Groups["names"].Value.Replace("'", "", StringComparison.Ordinal);
            return $"{(path.Length > 0 ? path + "." : "")}{names} must be given";
        }

        return wrong.Message.StartsWith(SerializersOwn, StringComparison.Ordinal)
            ? $"{member} must be {Kind(TypeAt(shape, path))}"
            : $"{member}: {wrong.Message.Split(" Path:")[0]}";
    }

    static Type? TypeAt(JsonTypeInfo shape, string path)
    {
        var type = (Type?)shape.Type;
        foreach (Match step in Steps().Matches(path))
        {
            var info = type is null ? null : shape.Options.TypeInfoResolver?.GetTypeInfo(Nullable.GetUnderlyingType(type) ?? type, shape.Options);
            type = step.Value is ['[', ..]
                ? info?.ElementType
                : info?.Properties.FirstOrDefault(property => property.Name == step.Value)?.PropertyType;
        }

        return type;
    }

    static string Kind(Type? type) => (type is null ? null : Nullable.GetUnderlyingType(type) ?? type) switch
    {
        null => "of another type",
        var t when t == typeof(string) => "text",
        var t when t == typeof(bool) => "true or false",
        var t when t == typeof(int) || t == typeof(long) => "a whole number",
        var t when t == typeof(double) || t == typeof(decimal) => "a number",
        var t when t == typeof(DateTimeOffset) => "a time such as 2026-01-31T12:00:00+00:00",
        var t when t.IsAssignableTo(typeof(System.Collections.IDictionary)) || IsMap(t) => "an object",
        var t when t.IsAssignableTo(typeof(System.Collections.IEnumerable)) => "an array",
        _ => "an object",
    };

    static bool IsMap(Type type) => type.IsGenericType && type.Name.Contains("Dictionary", StringComparison.Ordinal);

    [GeneratedRegex(@"missing required properties including: (?<names>.*?)\.?$", RegexOptions.ExplicitCapture)]
    private static partial Regex MissingMembers();

    [GeneratedRegex(@"\[\d+\]|[^.\[\]]+", RegexOptions.NonBacktracking)]
    private static partial Regex Steps();
}
