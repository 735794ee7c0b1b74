using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AgentOrchestrator.Server.Http;

/// <summary>JSON as people read it in a terminal: only what JSON itself demands is escaped. Never for HTML.</summary>
static class JsonBytes
{
    public static JsonWriterOptions Readable { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Of<T>(T value, JsonTypeInfo<T> shape)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var writer = new Utf8JsonWriter(buffer, Readable);
        JsonSerializer.Serialize(writer, value, shape);
        return buffer.WrittenMemory;
    }
}
