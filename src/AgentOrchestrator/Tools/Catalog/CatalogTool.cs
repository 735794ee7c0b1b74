using System.Text.Json;
using AgentOrchestrator.Agents;
using AgentOrchestrator.Tools.OpenApi;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Tools.Catalog;

/// <summary>A tool as an agent has it.</summary>
public sealed class CatalogTool
{
    /// <summary>The key under which the tools of the program itself are listed.</summary>
    public const string BuiltInServer = "builtin";

    const int MaxSchemaDepth = 20;
    const int MaxSchemaLength = 100_000;

    static readonly JsonElement s_anything = JsonElement.Parse("""{"type":"object"}""");

    internal CatalogTool(string id, AIFunction function, CatalogServer? home)
    {
        Id = id;
        Function = function;
        Home = home;
        InputSchema = PlainJson.Fits(function.JsonSchema, MaxSchemaDepth, MaxSchemaLength) ? function.JsonSchema : s_anything;
        Action = ((function as ActionFunction)?.Action ?? ActionOf(function, InputSchema)) with { Id = id };
        if (Action.ResponseSchema is { } response && !PlainJson.Fits(response, MaxSchemaDepth, MaxSchemaLength)) { Action = Action with { ResponseSchema = null }; }
    }

    /// <summary>Unique among the tools of its agent.</summary>
    public string Id { get; }

    /// <summary>The key of the server that it comes from; <see cref="BuiltInServer"/> for the program itself.</summary>
    public string Server => Home?.Key ?? BuiltInServer;

    /// <summary>What people and older clients read of it.</summary>
    public ToolAction Action { get; }

    /// <summary>What its arguments must be; any object where the server's own words do not fit into an answer.</summary>
    public JsonElement InputSchema { get; }

    /// <summary>Whether it can be called again with the same arguments without harm.</summary>
    public bool IsIdempotent => ToolFlags.IsIdempotent(Function);

    /// <summary>Whether what it brings are words of strangers, which are data and never instructions.</summary>
    public bool IsUntrusted => Home is not null || Function is not BuiltIn.CalculatorTool;

    internal AIFunction Function { get; }

    internal CatalogServer? Home { get; }

    static ToolAction ActionOf(AIFunction function, JsonElement schema) => new()
    {
        Id = function.Name,
        Name = function.Name,
        Description = function.Description,
        Endpoint = "",
        Method = "CALL",
        Parameters = Parameters(schema),
    };

    static IReadOnlyList<ActionParameter> Parameters(JsonElement schema)
    {
        if (!schema.TryGetProperty("properties", out var properties) || properties.ValueKind != JsonValueKind.Object) { return []; }

        var required = schema.TryGetProperty("required", out var names) && names.ValueKind == JsonValueKind.Array
            ? names.EnumerateArray().Where(name => name.ValueKind == JsonValueKind.String).Select(name => name.GetString()).ToHashSet()
            : [];
        return [.. properties.EnumerateObject().Select(property => ParameterOf(property, required.Contains(property.Name)))];
    }

    static ActionParameter ParameterOf(JsonProperty property, bool isRequired) => new()
    {
        Name = property.Name,
        Type = TypeOf(property.Value),
        Description = Text(property.Value, "description") ?? "",
        Required = isRequired,
    };

    static string TypeOf(JsonElement schema) => schema.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("type", out var type) ? "string" : type.ValueKind switch
    {
        JsonValueKind.String => type.GetString()!,
        JsonValueKind.Array => type.EnumerateArray().Where(t => t.ValueKind == JsonValueKind.String).Select(t => t.GetString()!).FirstOrDefault(t => t != "null") ?? "string",
        _ => "string",
    };

    static string? Text(JsonElement schema, string name) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
