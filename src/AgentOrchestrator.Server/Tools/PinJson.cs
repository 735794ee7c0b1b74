using System.Text.Json.Serialization;

namespace AgentOrchestrator.Server.Tools;

/// <param name="Schema">As text, since strangers' JSON may be what ours must not.</param>
sealed record KeptDefinition(string Server, string Name, string Description, string Schema);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(KeptDefinition))]
sealed partial class PinJson : JsonSerializerContext;
