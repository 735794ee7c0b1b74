using System.Text.Json;

namespace AgentOrchestrator.Protocol.Access;

/// <summary>The text of <see cref="ServersFile"/>, read by hand: every start of <c>ao</c> reads it, and a serializer would cost more than the rest of the start.</summary>
static class ServersJson
{
    static readonly JsonWriterOptions s_indented = new() { Indented = true };

    /// <exception cref="JsonException">The text is not JSON, or lacks what it must have.</exception>
    /// <exception cref="InvalidOperationException">A value is of another type.</exception>
    public static Dictionary<string, string> Read(ReadOnlySpan<byte> json)
    {
        var tokens = new Dictionary<string, string>();
        var reader = new Utf8JsonReader(json);
        var hasServers = false;
        Enter(ref reader);
        while (IsAtName(ref reader))
        {
            if (reader.ValueTextEquals("servers"u8))
            {
                hasServers = true;
                ReadServers(ref reader, tokens);
            }
            else
            {
                reader.Skip();
            }
        }

        return hasServers ? tokens : throw new JsonException("servers is missing");
    }

    public static void Write(Stream stream, Dictionary<string, string> tokens)
    {
        using var writer = new Utf8JsonWriter(stream, s_indented);
        writer.WriteStartObject();
        writer.WriteStartObject("servers"u8);
        foreach (var (server, token) in tokens)
        {
            writer.WriteStartObject(server);
            writer.WriteString("token"u8, token);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    static void ReadServers(ref Utf8JsonReader reader, Dictionary<string, string> tokens)
    {
        Enter(ref reader);
        while (IsAtName(ref reader))
        {
            var server = reader.GetString()!;
            tokens[server] = ReadToken(ref reader) ?? throw new JsonException($"the token of {server} is missing");
        }
    }

    static string? ReadToken(ref Utf8JsonReader reader)
    {
        string? token = null;
        Enter(ref reader);
        while (IsAtName(ref reader))
        {
            if (reader.ValueTextEquals("token"u8))
            {
                reader.Read();
                token = reader.GetString();
            }
            else
            {
                reader.Skip();
            }
        }

        return token;
    }

    static void Enter(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType is not JsonTokenType.StartObject)
        {
            throw new JsonException("an object is expected");
        }
    }

    static bool IsAtName(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType is JsonTokenType.PropertyName;
}
