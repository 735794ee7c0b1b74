using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Agents;

/// <summary>What came of a tool call: either an output or an error.</summary>
/// <param name="Error">What went wrong, in words for the model.</param>
public sealed record ToolAnswer(JsonElement? Output, string? Error)
{
    static readonly JsonElement s_null = JsonElement.Parse("null");

    /// <summary>What the model reads: a text as it is, everything else as JSON.</summary>
    [JsonIgnore]
    public string Text => Error ?? Output switch
    {
        null or { ValueKind: JsonValueKind.Null } => "",
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { } json => json.GetRawText(),
    };

    /// <summary>The tool was not run, or failed.</summary>
    public static ToolAnswer Wrong(string error) => new(null, error);

    /// <summary>The tool's result, of any type.</summary>
    internal static ToolAnswer Of(object? result) => new(JsonOf(result), null);

    static JsonElement JsonOf(object? result) => result switch
    {
        null => s_null,
        JsonElement json => json,
        TextContent text => JsonOf(text.Text),
        _ => JsonSerializer.SerializeToElement(result, AIJsonUtilities.DefaultOptions.GetTypeInfo(result.GetType())),
    };
}
