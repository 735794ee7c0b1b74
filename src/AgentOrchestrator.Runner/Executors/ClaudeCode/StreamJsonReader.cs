using System.Text.Json;
using AgentOrchestrator.Runner.Processes;

namespace AgentOrchestrator.Runner.Executors.ClaudeCode;

/// <summary>Reads lines of stream-json. Whatever a line holds, it becomes something, so that the next one is read too.</summary>
static class StreamJsonReader
{
    public static ClaudeLine Read(OutputLine line)
    {
        if (line.IsCut) { return new ClaudeLine.Unreadable($"A line of {line.Length} bytes was left out; {line.Bytes.Length} are the most that is read of one."); }
        if (line.Length == 0) { return new ClaudeLine.Other(null); }

        var utf8 = line.Bytes.ToArray();
        LoneSurrogates.Replace(utf8);
        try
        {
            using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = ClaudeJson.MaxDepth });
            return Read(document.RootElement);
        }
        catch (JsonException mistake)
        {
            return new ClaudeLine.Unreadable($"A line of the output could not be read: {mistake.Message}");
        }
    }

    static ClaudeLine Read(JsonElement line)
    {
        if (line.ValueKind != JsonValueKind.Object) { return new ClaudeLine.Other(null); }

        // By type first: members of one name differ in shape between types.
        var type = Text(line, "type");
        var json = ClaudeJson.Default;
        ClaudeLine? read = (type, Text(line, "subtype")) switch
        {
            ("system", "init") => line.Deserialize(json.Init),
            ("system", "api_retry") => line.Deserialize(json.Retry),
            ("assistant", _) => line.Deserialize(json.Assistant),
            ("user", _) => line.Deserialize(json.User),
            ("stream_event", _) => line.Deserialize(json.Partial),
            ("result", _) => line.Deserialize(json.Result),
            _ => null,
        };
        return read ?? new ClaudeLine.Other(type);
    }

    static string? Text(JsonElement line, string name) =>
        line.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
