using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AgentOrchestrator.Cli.Output;

/// <summary>JSON, on one line where nothing else is said, with quotes and letters as they are: it is read by people too, and never becomes part of a page.</summary>
static class JsonText
{
    static readonly JsonWriterOptions s_readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    static readonly JsonWriterOptions s_onLines = s_readable with { Indented = true, NewLine = "\n" };

    public static string Of<T>(T value, JsonTypeInfo<T> shape) => Of(value, shape, s_readable);

    /// <summary>On lines, each member behind two blanks more than its object.</summary>
    public static string OnLines<T>(T value, JsonTypeInfo<T> shape) => Of(value, shape, s_onLines);

    static string Of<T>(T value, JsonTypeInfo<T> shape, JsonWriterOptions options)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, options))
        {
            JsonSerializer.Serialize(writer, value, shape);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
