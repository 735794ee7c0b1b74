using System.Text.Json;
using System.Text.RegularExpressions;
using AgentOrchestrator.Tools.OpenApi;

namespace AgentOrchestrator.Tools.Servers;

/// <summary>Reads members of configuration files, puts in variables, and says in words what is wrong.</summary>
/// <param name="environment">The only variables that <c>${NAME}</c> can mean.</param>
sealed partial class ConfigReader(IReadOnlyDictionary<string, string> environment)
{
    const int MaxSeconds = 600;

    static readonly JsonDocumentOptions s_options = new() { AllowDuplicateProperties = false };

    public static JsonElement Parse(string text, string file)
    {
        try
        {
            using var json = JsonDocument.Parse(text, s_options);
            return json.RootElement.ValueKind == JsonValueKind.Object ? json.RootElement.Clone() : throw new ToolException($"{file} must hold a JSON object.");
        }
        catch (JsonException fault)
        {
            throw new ToolException($"{file} is not JSON: {fault.Message}", fault);
        }
    }

    public ToolServerConfig Server(string key, JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object) { throw new ToolException($"The tool server '{key}' must be an object."); }

        var command = Text(json, "command");
        var url = Url(key, json);
        var kind = Kind(key, Text(json, "type"), command);
        if (url is null && kind != ToolServerKind.Stdio) { throw new ToolException($"The tool server '{key}' needs a url or a command."); }

        return new ToolServerConfig
        {
            Key = key,
            Name = Text(json, "name") ?? key,
            Description = Text(json, "description") ?? "",
            Kind = kind,
            Url = url,
            Token = Text(json, "token") is { Length: > 0 } token ? Filled(token) : null,
            Headers = Texts(json, "headers"),
            Command = kind == ToolServerKind.Stdio ? command ?? throw new ToolException($"The tool server '{key}' needs a command.") : null,
            CommandLine = kind == ToolServerKind.Stdio ? string.Join(' ', [command!, .. Words(json, "args")]) : null,
            Arguments = [.. Words(json, "args").Select(Filled)],
            Environment = Texts(json, "env"),
            AutoDiscover = Flag(json, "auto_discover") ?? true,
            Actions = Actions(json),
            Timeout = json.TryGetProperty("timeout_seconds", out var timeout) ? Seconds("timeout_seconds", timeout) : null,
            ToolTimeouts = Timeouts(json),
            Source = json.GetRawText(),
        };
    }

    public static IReadOnlyList<ToolAction> Actions(JsonElement json) =>
        json.TryGetProperty("actions", out var actions) && actions.ValueKind == JsonValueKind.Array
            ? [.. actions.EnumerateArray().Select(Action)]
            : [];

    /// <exception cref="ToolException">A variable is not set; names it.</exception>
    public string Filled(string text) => Variable().Replace(text, match =>
        environment.TryGetValue(match.Groups[1].Value, out var value)
            ? value
            : throw new ToolException($"The variable {match.Groups[1].Value} is not set."));

    public static string? Text(JsonElement json, string name) =>
        !json.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw new ToolException($"'{name}' must be text.");

    static bool? Flag(JsonElement json, string name) =>
        !json.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw new ToolException($"'{name}' must be true or false.");

    static Dictionary<string, TimeSpan> Timeouts(JsonElement json) =>
        !json.TryGetProperty("tool_timeouts", out var tools) || tools.ValueKind == JsonValueKind.Null ? []
        : tools.ValueKind == JsonValueKind.Object ? tools.EnumerateObject().ToDictionary(tool => tool.Name, tool => Seconds($"tool_timeouts.{tool.Name}", tool.Value))
        : throw new ToolException("'tool_timeouts' must be an object of seconds.");

    static TimeSpan Seconds(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds is >= 0.001 and <= MaxSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new ToolException($"'{name}' must be a number of seconds above 0, at most {MaxSeconds}.");

    static ToolAction Action(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object || Text(json, "id") is not { Length: > 0 } id) { throw new ToolException("Each action needs an id."); }

        return new ToolAction
        {
            Id = ToolNames.Safe(id),
            Name = Text(json, "name") ?? id,
            Description = Text(json, "description") ?? "",
            Endpoint = Text(json, "endpoint") ?? throw new ToolException($"The action '{id}' needs an endpoint."),
            Method = (Text(json, "method") ?? "POST").ToUpperInvariant(),
            Parameters = json.TryGetProperty("parameters", out var parameters) && parameters.ValueKind == JsonValueKind.Array
                ? [.. parameters.EnumerateArray().Select(Parameter)]
                : [],
            ResponseSchema = json.TryGetProperty("response_schema", out var schema) && schema.ValueKind == JsonValueKind.Object ? schema : null,
            Enabled = Flag(json, "enabled") ?? true,
        };
    }

    static ActionParameter Parameter(JsonElement json) => new()
    {
        Name = json.ValueKind == JsonValueKind.Object && Text(json, "name") is { Length: > 0 } name ? name : throw new ToolException("Each parameter needs a name."),
        Type = Text(json, "type") ?? "string",
        Description = Text(json, "description") ?? "",
        Required = Flag(json, "required") ?? false,
    };

    Uri? Url(string key, JsonElement json)
    {
        if (Text(json, "url") is not { Length: > 0 } text) { return null; }

        return Uri.TryCreate(Filled(text), UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? url
            : throw new ToolException($"The url of the tool server '{key}' is no http or https address.");
    }

    static ToolServerKind Kind(string key, string? type, string? command) => (type?.ToLowerInvariant(), command) switch
    {
        (null or "", null) => ToolServerKind.Probe,
        (null or "" or "stdio", _) => ToolServerKind.Stdio,
        ("openapi", _) => ToolServerKind.OpenApi,
        ("mcp", not null) => ToolServerKind.Stdio,
        // The older meaning of `mcp` is an OpenAPI service: what the address speaks is seen when it is asked.
        ("mcp", null) => ToolServerKind.Probe,
        ("http" or "streamable-http" or "streamable_http", _) => ToolServerKind.Mcp,
        ("sse", _) => ToolServerKind.Sse,
        ("gateway", _) => ToolServerKind.Gateway,
        _ => throw new ToolException($"The tool server '{key}' has the type '{type}'; use openapi, mcp, http, sse, stdio or gateway."),
    };

    Dictionary<string, string> Texts(JsonElement json, string name)
    {
        if (!json.TryGetProperty(name, out var members) || members.ValueKind == JsonValueKind.Null) { return []; }
        if (members.ValueKind != JsonValueKind.Object) { throw new ToolException($"'{name}' must be an object of texts."); }

        return members.EnumerateObject().ToDictionary(
            member => member.Name,
            member => member.Value.ValueKind == JsonValueKind.String ? Filled(member.Value.GetString()!) : throw new ToolException($"'{name}' must be an object of texts."));
    }

    static List<string> Words(JsonElement json, string name)
    {
        if (!json.TryGetProperty(name, out var items) || items.ValueKind == JsonValueKind.Null) { return []; }

        return items.ValueKind == JsonValueKind.Array && items.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. items.EnumerateArray().Select(item => item.GetString()!)]
            : throw new ToolException($"'{name}' must be a list of texts.");
    }

    [GeneratedRegex(@"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")]
    private static partial Regex Variable();
}
