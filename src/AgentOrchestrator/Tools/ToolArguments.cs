using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Tools;

/// <summary>What a model gives a tool, as one JSON object.</summary>
static class ToolArguments
{
    static readonly JsonDocumentOptions s_options = new() { AllowDuplicateProperties = false };

    /// <exception cref="ToolException">A member is there twice.</exception>
    public static JsonObject ToJson(AIFunctionArguments arguments)
    {
        var json = new JsonObject();
        foreach (var (name, value) in arguments) { json[name] = Node(value); }
        return json;
    }

    static JsonNode? Node(object? value) => value switch
    {
        null => null,
        JsonNode node => node.DeepClone(),
        JsonElement element => Node(element),
        string text => JsonValue.Create(text),
        bool truth => JsonValue.Create(truth),
        _ => JsonSerializer.SerializeToNode(value, AIJsonUtilities.DefaultOptions.GetTypeInfo(value.GetType())),
    };

    static JsonNode? Node(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.Object or JsonValueKind.Array => Parse(element.GetRawText()),
        _ => JsonValue.Create(element.Clone()),
    };

    static JsonNode? Parse(string json)
    {
        try
        {
            return JsonNode.Parse(json, documentOptions: s_options);
        }
        catch (JsonException fault)
        {
            throw new ToolException("The arguments name one member twice.", fault);
        }
    }
}
