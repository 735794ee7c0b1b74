using System.Text.Json;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Coordinator.Memory;

/// <summary>Metadata as the databases keep them: an object of texts.</summary>
public static class MetadataJson
{
    public static string Of(IReadOnlyDictionary<string, string> metadata) =>
        JsonSerializer.Serialize(metadata, CompactJson.Default.IReadOnlyDictionaryStringString);

    public static IReadOnlyDictionary<string, string> Read(string json) =>
        JsonSerializer.Deserialize(json, CompactJson.Default.IReadOnlyDictionaryStringString)!;
}
