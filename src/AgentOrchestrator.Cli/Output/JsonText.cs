using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AgentOrchestrator.Cli.Output;

/// <summary>JSON on one line, with quotes and letters as they are: it is read by people too, and never becomes part of a page.</summary>
static class JsonText
{
    static readonly JsonWriterOptions s_readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of<T>(T value, JsonTypeInfo<T> shape)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, s_readable))
        {
            JsonSerializer.Serialize(writer, value, shape);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
