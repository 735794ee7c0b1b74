using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Mcp.Tools;

/// <summary>The shapes that only the tools answer.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(WireTime)])]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(AgentsShown))]
[JsonSerializable(typeof(AgentsListed))]
[JsonSerializable(typeof(SessionsShown))]
[JsonSerializable(typeof(SessionsListed))]
[JsonSerializable(typeof(RunQueued))]
[JsonSerializable(typeof(ResultShown))]
[JsonSerializable(typeof(StatusShown))]
[JsonSerializable(typeof(StopShown))]
[JsonSerializable(typeof(DeletedShown))]
[JsonSerializable(typeof(FailureShown))]
sealed partial class McpJson : JsonSerializerContext
{
    static McpJson? s_readable;

    /// <summary>Texts as they are: models read them, no page does.</summary>
    public static McpJson Readable =>
        s_readable ??= new McpJson(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
