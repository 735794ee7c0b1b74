using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentOrchestrator.Tools.OpenApi;

/// <summary>Finds the actions in an OpenAPI document (3.x; 2.0 where it is alike).</summary>
sealed class OpenApiReader(JsonElement document)
{
    const int MaxActions = 1_000;

    static readonly string[] s_methods = ["get", "put", "post", "delete", "patch"];

    static readonly string[] s_skipped = ["/", "/health", "/tools"];

    readonly DocumentReferences _references = new(document);
    readonly HashSet<string> _ids = new(StringComparer.OrdinalIgnoreCase);

    public static bool IsOpenApi(JsonElement document) =>
        document.ValueKind == JsonValueKind.Object && document.TryGetProperty("paths", out var paths) && paths.ValueKind == JsonValueKind.Object;

    public IReadOnlyList<ToolAction> Read() =>
    [
        .. from path in document.GetProperty("paths").EnumerateObject()
           where !s_skipped.Contains(path.Name)
           let item = _references.Follow(path.Value)
           where item.ValueKind == JsonValueKind.Object
           from operation in item.EnumerateObject()
           where s_methods.Contains(operation.Name) && operation.Value.ValueKind == JsonValueKind.Object
           select Action(path.Name, operation.Name, item, operation.Value),
    ];

    ToolAction Action(string path, string method, JsonElement item, JsonElement operation)
    {
        if (_ids.Count == MaxActions) { throw new ToolException($"The document describes more than {MaxActions:N0} actions."); }

        var taken = new HashSet<string>(StringComparer.Ordinal);
        var parameters = Listed(item).Concat(Listed(operation)).Select(_references.Follow).Where(p => p.ValueKind == JsonValueKind.Object).ToList();
        var body = Body(operation, parameters, out var takesJson);
        return new ToolAction
        {
            Id = ToolNames.Unique(Text(operation, "operationId") ?? $"{method}_{path.Trim('/')}", _ids),
            Name = Text(operation, "summary") ?? InWords(path),
            Description = Text(operation, "description") ?? "",
            Endpoint = path,
            Method = method.ToUpperInvariant(),
            // The operation's own parameter comes after the path's of the same name and replaces it.
            Parameters =
            [
                .. parameters.Select(Parameter).OfType<ActionParameter>().GroupBy(p => (p.Name, p.Place)).Select(same => same.Last())
                    .Concat(body).Select(p => Named(p, taken)),
            ],
            ResponseSchema = Response(operation),
            Enabled = takesJson,
        };
    }

    // Two places may use one name, such as an id in path and body.
    static ActionParameter Named(ActionParameter parameter, HashSet<string> taken) =>
        taken.Add(parameter.Name) ? parameter : parameter with { Name = ToolNames.Unique(parameter.Name, taken), WireName = parameter.Name };

    ActionParameter? Parameter(JsonElement parameter)
    {
        ParameterPlace? place = Text(parameter, "in") switch { "path" => ParameterPlace.Path, "query" => ParameterPlace.Query, "header" => ParameterPlace.Header, _ => null };
        if (place is null || Text(parameter, "name") is not { Length: > 0 } name) { return null; }

        // In 2.0 the parameter itself is the schema.
        var schema = parameter.TryGetProperty("schema", out var said) ? said : parameter;
        return Parameter(name, place.Value, _references.Inline(schema), place is ParameterPlace.Path || IsTrue(parameter, "required"), Text(parameter, "description"));
    }

    List<ActionParameter> Body(JsonElement operation, List<JsonElement> parameters, out bool takesJson)
    {
        takesJson = true;
        var old = parameters.Find(p => Text(p, "in") == "body");
        if (old.ValueKind == JsonValueKind.Object && old.TryGetProperty("schema", out var schema)) { return Body(schema, IsTrue(old, "required")); }
        if (!operation.TryGetProperty("requestBody", out var said)) { return []; }

        var body = _references.Follow(said);
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("content", out var content) || content.ValueKind != JsonValueKind.Object) { return []; }

        var json = content.EnumerateObject().FirstOrDefault(type => IsJson(type.Name)).Value;
        takesJson = json.ValueKind == JsonValueKind.Object;
        return takesJson && json.TryGetProperty("schema", out schema) ? Body(schema, IsTrue(body, "required")) : [];
    }

    List<ActionParameter> Body(JsonElement schema, bool required)
    {
        var inlined = _references.Inline(schema);
        if (inlined["properties"] is not JsonObject properties) { return [Parameter("body", ParameterPlace.WholeBody, inlined, required, null)]; }

        var needed = inlined["required"] is JsonArray names ? names.Select(name => name?.ToString()).ToHashSet() : [];
        return [.. properties.Where(p => p.Value is JsonObject).Select(p => Parameter(p.Key, ParameterPlace.Body, (JsonObject)p.Value!, needed.Contains(p.Key), null))];
    }

    static ActionParameter Parameter(string name, ParameterPlace place, JsonObject schema, bool required, string? description) => new()
    {
        Name = name,
        Type = TypeOf(schema),
        Description = description ?? (schema["description"] is JsonValue said ? said.ToString() : ""),
        Required = required,
        Place = place,
        Schema = JsonElement.Parse(schema.ToJsonString()),
    };

    static string TypeOf(JsonObject schema)
    {
        var type = schema["type"] is JsonArray types ? types.FirstOrDefault(t => t?.ToString() != "null") : schema["type"];
        if (type is not null) { return type.ToString(); }

        var choices = (schema["anyOf"] ?? schema["oneOf"] ?? schema["allOf"]) as JsonArray;
        return choices?.OfType<JsonObject>().Select(TypeOf).FirstOrDefault(t => t != "null") ?? (schema.ContainsKey("properties") ? "object" : "string");
    }

    JsonElement? Response(JsonElement operation)
    {
        if (!operation.TryGetProperty("responses", out var responses) || responses.ValueKind != JsonValueKind.Object) { return null; }

        var good = _references.Follow(responses.EnumerateObject().FirstOrDefault(r => r.Name.StartsWith('2')).Value);
        var holds = good.ValueKind == JsonValueKind.Object && good.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.Object
            ? content.EnumerateObject().FirstOrDefault(type => IsJson(type.Name)).Value
            : good;
        return holds.ValueKind == JsonValueKind.Object && holds.TryGetProperty("schema", out var schema)
            ? JsonElement.Parse(_references.Inline(schema).ToJsonString())
            : null;
    }

    static JsonElement.ArrayEnumerator Listed(JsonElement holder) =>
        holder.TryGetProperty("parameters", out var parameters) && parameters.ValueKind == JsonValueKind.Array ? parameters.EnumerateArray() : default;

    static bool IsJson(string mediaType) =>
        mediaType.Contains("json", StringComparison.OrdinalIgnoreCase) || mediaType.StartsWith("*/*", StringComparison.Ordinal);

    static bool IsTrue(JsonElement holder, string name) => holder.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    static string? Text(JsonElement holder, string name) =>
        holder.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    static string InWords(string path) =>
        CultureInfo.InvariantCulture.TextInfo.ToTitleCase(
            string.Join(' ', path.Split(['/', '_', '-', '{', '}'], StringSplitOptions.RemoveEmptyEntries)).ToLowerInvariant());
}
