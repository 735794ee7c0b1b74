using System.Text.Json;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Sqlite;

/// <summary>Lists of words as JSON text, in columns and parameters.</summary>
static class JsonArray
{
    public static string Of(IEnumerable<string> words) => JsonSerializer.Serialize([.. words], CompactJson.Default.IReadOnlyListString);

    public static IReadOnlyList<string> Read(string json) => JsonSerializer.Deserialize(json, CompactJson.Default.IReadOnlyListString)!;
}
