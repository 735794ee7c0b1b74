using System.Text.Json;
using System.Text.Json.Nodes;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Mcp.Tools;

/// <summary>The arguments of a call. One that is null is as good as left out: models fill in what they do not need.</summary>
sealed class ToolArguments
{
    ToolArguments(JsonElement json) => Json = json;

    public JsonElement Json { get; }

    public static ToolArguments Read(IDictionary<string, JsonElement>? arguments)
    {
        var given = new JsonObject();
        foreach (var (name, value) in arguments ?? new Dictionary<string, JsonElement>())
        {
            if (value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined))
            {
                given[name] = JsonNode.Parse(value.GetRawText());
            }
        }

        return new ToolArguments(JsonSerializer.SerializeToElement(given, McpJson.Readable.JsonObject));
    }

    public string? Text(string name) => Json.TryGetProperty(name, out var value) ? value.GetString() : null;

    public bool Flag(string name) => Json.TryGetProperty(name, out var value) && value.GetBoolean();

    public int? Number(string name) => Json.TryGetProperty(name, out var value) ? (int)value.GetDouble() : null;

    /// <summary>What two names of the two vocabularies say; null when neither does.</summary>
    /// <exception cref="ProductException">Invalid when they say different things.</exception>
    public string? Either(string name, string older)
    {
        var (first, second) = (Text(name), Text(older));
        return first is null || second is null || first == second
            ? first ?? second
            : throw new ProductException(ErrorCode.Invalid, $"{name} and {older} are two names for the same thing, and say different things; leave one out");
    }

    /// <summary>The session that a call is about.</summary>
    /// <exception cref="ProductException">Invalid when none is named.</exception>
    public string Session() =>
        Either("session_id", "session_name") ?? throw new ProductException(ErrorCode.Invalid, "session_id (or session_name) is required");
}
