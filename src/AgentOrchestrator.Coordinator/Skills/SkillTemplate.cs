using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AgentOrchestrator.Coordinator.Skills;

/// <summary>What stands for a value in a step's arguments: a text that is wholly <c>{{input.x}}</c> or <c>{{step.field}}</c>. Any other text is itself.</summary>
static partial class SkillTemplate
{
    public const string Input = "input";

    const int MaxDepth = 30;

    /// <summary>The first word of every reference, in order.</summary>
    public static IEnumerable<string> RootsOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String when Reference().Match(value.GetString()!) is { Success: true } match => [match.Groups["root"].Value],
        JsonValueKind.Array => value.EnumerateArray().SelectMany(RootsOf),
        JsonValueKind.Object => value.EnumerateObject().SelectMany(member => RootsOf(member.Value)),
        _ => [],
    };

    /// <summary>The arguments with values in place of references.</summary>
    /// <param name="known">The input and what earlier steps brought, by their names.</param>
    /// <exception cref="SkillFault">A reference leads to nothing.</exception>
    public static JsonElement Fill(JsonElement arguments, IReadOnlyDictionary<string, JsonElement?> known) =>
        JsonElement.Parse(Node(arguments, known)!.ToJsonString());

    static JsonNode? Node(JsonElement value, IReadOnlyDictionary<string, JsonElement?> known) => value.ValueKind switch
    {
        JsonValueKind.Object => new JsonObject(value.EnumerateObject().Select(member => KeyValuePair.Create(member.Name, Node(member.Value, known)))),
        JsonValueKind.Array => new JsonArray([.. value.EnumerateArray().Select(item => Node(item, known))]),
        JsonValueKind.String when Reference().Match(value.GetString()!) is { Success: true } match => Copy(Follow(match, known)),
        _ => Copy(value),
    };

    static JsonElement? Follow(Match reference, IReadOnlyDictionary<string, JsonElement?> known)
    {
        var at = known[reference.Groups["root"].Value];
        foreach (Capture member in reference.Groups["member"].Captures)
        {
            at = Step(at, member.Value) ?? throw new SkillFault($"{reference.Value.Trim()} leads to nothing: there is no '{member.Value}'");
        }

        return at;
    }

    static JsonElement? Step(JsonElement? value, string member) => value switch
    {
        { ValueKind: JsonValueKind.Object } whole => whole.TryGetProperty(member, out var part) ? part : null,
        { ValueKind: JsonValueKind.Array } list => int.TryParse(member, out var index) && index >= 0 && index < list.GetArrayLength() ? list[index] : null,
        { ValueKind: JsonValueKind.String } text => Parse(text.GetString()!) is { } whole ? Step(whole, member) : null,
        _ => null,
    };

    // Tools often write JSON into a text.
    static JsonElement? Parse(string text)
    {
        if (!text.AsSpan().TrimStart().StartsWith("{") && !text.AsSpan().TrimStart().StartsWith("[")) { return null; }

        try
        {
            return JsonElement.Parse(text, new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false });
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static JsonNode? Copy(JsonElement? value) =>
        value is null or { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } ? null : JsonNode.Parse(value.Value.GetRawText());

    [GeneratedRegex(@"^\s*\{\{\s*(?<root>[A-Za-z0-9][A-Za-z0-9_-]{0,59})(?:\.(?<member>[^.{}\s]+))*\s*\}\}\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Reference();
}

/// <summary>Why a skill cannot go on, in words.</summary>
sealed class SkillFault(string message) : Exception(message);
