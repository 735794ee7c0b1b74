using System.Buffers;
using System.Globalization;
using System.Text;

namespace AgentOrchestrator.Server.Logging;

/// <summary>Coloured lines for a person. Control characters of logged text are shown as escapes and do nothing.</summary>
static class TerminalLines
{
    const string Dim = "\e[2m";
    const string Reset = "\e[0m";

    public static void Write(IBufferWriter<byte> output, LogEntry entry, bool hasColour)
    {
        var line = new StringBuilder();
        var (word, colour) = Look(entry.Level);
        line.Append(hasColour ? Dim : "").Append(entry.Time.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture))
            .Append(hasColour ? Reset + colour : "").Append(' ').Append(word).Append(hasColour ? Reset : "").Append(' ');
        AppendEscaped(line, LogEntry.Cut(entry.Message));
        line.Append('\n');
        foreach (var part in (entry.Error ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            line.Append("         ");
            AppendEscaped(line, LogEntry.Cut(part.TrimEnd('\r')));
            line.Append('\n');
        }

        Encoding.UTF8.GetBytes(line.ToString(), output);
    }

    /// <summary>Escapes what would move the cursor, colour, reorder or hide text.</summary>
    public static void AppendEscaped(StringBuilder line, string text)
    {
        foreach (var c in text)
        {
            if (char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                line.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            }
            else
            {
                line.Append(c);
            }
        }
    }

    static (string Word, string Colour) Look(LogLevel level) => level switch
    {
        LogLevel.Trace => ("trace", Dim),
        LogLevel.Debug => ("debug", Dim),
        LogLevel.Information => ("info ", "\e[32m"),
        LogLevel.Warning => ("warn ", "\e[33m"),
        LogLevel.Error => ("error", "\e[31m"),
        _ => ("fatal", "\e[1;31m"),
    };
}
