using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Server.Logging;

/// <summary>One JSON object a line, for programs that collect logs. Whatever a field holds, it stays inside its line.</summary>
static class JsonLines
{
    public static void Write(IBufferWriter<byte> output, LogEntry entry)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("time", JsonEncodedText.Encode(WireTime.Text(entry.Time), JavaScriptEncoder.UnsafeRelaxedJsonEscaping));
            json.WriteString("level", Word(entry.Level));
            json.WriteString("category", entry.Category);
            json.WriteString("message", LogEntry.Cut(entry.Message));
            foreach (var (name, value) in entry.Fields)
            {
                WriteField(json, JsonNamingPolicy.SnakeCaseLower.ConvertName(name), value);
            }

            if (entry.Error is { } error)
            {
                json.WriteString("error", LogEntry.Cut(error));
            }

            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    static void WriteField(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNull(name);
                break;
            case bool flag:
                json.WriteBoolean(name, flag);
                break;
            case int or long:
                json.WriteNumber(name, Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            default:
                json.WriteString(name, LogEntry.Cut(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""));
                break;
        }
    }

    static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        _ => "critical",
    };
}
