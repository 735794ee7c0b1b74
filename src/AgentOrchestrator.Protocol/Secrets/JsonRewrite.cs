using System.Buffers;
using System.Text;
using System.Text.Json;

namespace AgentOrchestrator.Protocol.Secrets;

/// <summary>A JSON text once more, with the secrets cut out of its texts, names and numbers. It stays a JSON text without a name twice.</summary>
static class JsonRewrite
{
    public static byte[] Run(Redactor redactor, ReadOnlySpan<byte> json, bool isEnvelope)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 2 * ProtocolJson.MaxDepth });
        var output = new ArrayBufferWriter<byte>(json.Length);
        using var writer = new Utf8JsonWriter(output);
        var names = new Stack<HashSet<string>>();
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    names.Push(new HashSet<string>(StringComparer.Ordinal));
                    writer.WriteStartObject();
                    break;
                case JsonTokenType.EndObject:
                    names.Pop();
                    writer.WriteEndObject();
                    break;
                case JsonTokenType.StartArray:
                    writer.WriteStartArray();
                    break;
                case JsonTokenType.EndArray:
                    writer.WriteEndArray();
                    break;
                case JsonTokenType.PropertyName:
                    var name = reader.GetString()!;
                    writer.WritePropertyName(NewName(names.Peek(), isEnvelope && reader.CurrentDepth == 1 ? name : redactor.Redact(name)));
                    break;
                case JsonTokenType.String:
                    writer.WriteStringValue(redactor.Redact(reader.GetString()!));
                    break;
                default:
                    WriteBare(writer, redactor, reader.ValueSpan);
                    break;
            }
        }

        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    static string NewName(HashSet<string> taken, string name)
    {
        while (!taken.Add(name))
        {
            name += "'";
        }

        return name;
    }

    /// <summary>A number, which may be a secret too; true, false, null.</summary>
    static void WriteBare(Utf8JsonWriter writer, Redactor redactor, ReadOnlySpan<byte> value)
    {
        var text = Encoding.ASCII.GetString(value);
        if (redactor.Redact(text) is var redacted && redacted != text)
        {
            writer.WriteStringValue(redacted);
        }
        else
        {
            writer.WriteRawValue(value, skipInputValidation: true);
        }
    }
}
