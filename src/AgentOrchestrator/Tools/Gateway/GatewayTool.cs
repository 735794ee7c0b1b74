using System.Text.Json;

namespace AgentOrchestrator.Tools.Gateway;

/// <summary>A tool as a gateway lists it.</summary>
/// <param name="Server">The server behind the gateway that it comes from; null when the gateway does not say.</param>
sealed record GatewayTool(string? Server, string Name, string Description, JsonElement Schema)
{
    static readonly JsonElement s_anything = JsonElement.Parse("""{"type":"object"}""");

    /// <summary>By which it is told from a tool of that name of another server.</summary>
    public string FullName => Server is null ? Name : $"{Server}__{Name}";

    /// <summary>Those of a list, or of its member <c>tools</c>, that are not switched off; null where it is none.</summary>
    public static IReadOnlyList<GatewayTool>? ReadAll(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body, new JsonDocumentOptions { AllowDuplicateProperties = false });
            var root = json.RootElement;
            var tools = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("tools", out var member) ? member : root;
            return tools.ValueKind == JsonValueKind.Array ? [.. tools.EnumerateArray().Where(IsOn).Select(Read).OfType<GatewayTool>()] : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    static GatewayTool? Read(JsonElement json) => Text(json, "name") is { Length: > 0 } name
        ? new GatewayTool(ServerOf(json), name, Text(json, "description") ?? "", (Object(json, "inputSchema") ?? Object(json, "input_schema") ?? s_anything).Clone())
        : null;

    static bool IsOn(JsonElement json) => json.ValueKind == JsonValueKind.Object && !IsFalse(json, "isEnabled") && !IsFalse(json, "enabled");

    static bool IsFalse(JsonElement json, string name) => json.TryGetProperty(name, out var said) && said.ValueKind == JsonValueKind.False;

    static string? ServerOf(JsonElement json) =>
        Text(json, "serverName") ?? Text(json, "server") ?? (Object(json, "server") is { } server ? Text(server, "name") : null);

    static JsonElement? Object(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : null;

    static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
