using System.Text;
using System.Text.Json;
using AgentOrchestrator.Protocol.Secrets;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Runner.Attempts;

/// <summary>An event as the spool and the server take it: one JSON text of bounded size and depth.</summary>
static class EventText
{
    // The server takes 1 MiB a request; the envelope and its escapes need some of it.
    const int MaxBytes = 768 * 1024;
    const int MaxMemberChars = 64 * 1024;
    const int MaxReportChars = 499_900;

    public static byte[] Write(string type, EventFields fields, DateTimeOffset now, Redactor redactor)
    {
        if (Serialize(Envelope(type, fields, now)) is not { } whole)
        {
            return Serialize(Envelope(type, Cut(fields, redactor), now))!;
        }

        // Before anything is cut short: half a secret is not known as one.
        whole = redactor.RedactJson(whole, isEnvelope: true) ?? whole;
        return whole.Length <= MaxBytes
            ? whole
            : Serialize(Envelope(type, Cut(JsonSerializer.Deserialize(whole, CompactJson.Default.PostEvent)!, redactor), now))!;
    }

    /// <summary>What takes the place of an event that the server refuses, so that the others can follow.</summary>
    public static byte[] WriteRefused(ReadOnlySpan<byte> refused, string why, DateTimeOffset now) =>
        Write(
            EventTypes.Notice,
            new EventFields
            {
                Error = $"An event of {refused.Length} bytes was refused by the server: {why}",
                ToolOutput = JsonSerializer.SerializeToElement(Head(Encoding.UTF8.GetString(refused), 4096), JournalJson.Default.String),
            },
            now,
            Redactor.OfShapes);

    static PostEvent Envelope(string type, EventFields fields, DateTimeOffset now) => new()
    {
        EventType = type,
        Timestamp = WireTime.Text(now),
        ToolName = fields.ToolName,
        ToolUseId = fields.ToolUseId,
        ToolInput = fields.ToolInput,
        ToolOutput = fields.ToolOutput,
        Error = fields.Error,
        ExitCode = fields.ExitCode,
        Reason = fields.Reason,
        Role = fields.Role,
        Content = fields.Content,
        ResultText = fields.ResultText,
        ResultData = fields.ResultData,
        Usage = fields.Usage,
        Data = fields.Data,
    };

    /// <returns>Null for what nests deeper than the wire allows.</returns>
    static byte[]? Serialize(PostEvent posted)
    {
        try
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(posted, CompactJson.Default.PostEvent);
            ReplaceNul(json);
            return json;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Programs write NUL, and the server takes none: U+FFFD stands for it.</summary>
    static void ReplaceNul(Span<byte> json)
    {
        var escapes = json;
        while (escapes.IndexOf((byte)'\\') is var at and >= 0)
        {
            escapes = escapes[at..];
            if (escapes.StartsWith(@"\u0000"u8))
            {
                @"\ufffd"u8.CopyTo(escapes);
            }

            // The escaped character too: it may be a backslash itself.
            escapes = escapes[2..];
        }
    }

    static EventFields Cut(EventFields fields, Redactor redactor)
    {
        return fields with
        {
            ToolName = Cut(fields.ToolName),
            ToolUseId = Cut(fields.ToolUseId),
            ToolInput = fields.ToolInput is { } input ? CutObject(input) : null,
            ToolOutput = Text(fields.ToolOutput),
            Error = Cut(fields.Error),
            Reason = Cut(fields.Reason),
            Role = Cut(fields.Role),
            Content = fields.Content is { } content ? TextContent(CutRaw(content)) : null,
            ResultText = Cut(fields.ResultText),
            ResultData = Text(fields.ResultData),
            Data = Text(fields.Data),
        };

        string? Cut(string? text) => text is null ? null : Head(redactor.Redact(text), MaxMemberChars);

        string CutRaw(JsonElement value) => Cut(value.GetRawText())!;

        JsonElement CutObject(JsonElement value) =>
            JsonSerializer.SerializeToElement(new Dictionary<string, string> { ["cut"] = CutRaw(value) }, JournalJson.Default.DictionaryStringString);

        JsonElement? Text(JsonElement? value) =>
            value is { } element ? JsonSerializer.SerializeToElement(CutRaw(element), JournalJson.Default.String) : null;
    }

    /// <summary>One content block of text, as the model APIs have it.</summary>
    public static JsonElement TextContent(string text) =>
        JsonSerializer.SerializeToElement(
            [new Dictionary<string, string> { ["type"] = "text", ["text"] = text }], JournalJson.Default.IReadOnlyListDictionaryStringString);

    /// <summary>At most that many characters, with a word about what is missing.</summary>
    public static string Head(string text, int maxChars)
    {
        if (text.Length <= maxChars)
        {
            return text;
        }

        var end = char.IsHighSurrogate(text[maxChars - 1]) ? maxChars - 1 : maxChars;
        return $"{text[..end]}… (cut, {text.Length} characters in all)";
    }

    /// <summary>As much of a result or an error as one report can carry; what is not ASCII takes six bytes there.</summary>
    public static string HeadForReport(string text) => HeadWithoutNul(text.Replace('\0', '\uFFFD'));

    /// <summary>The same data with U+FFFD for each NUL in its texts and names.</summary>
    public static JsonElement WithoutNul(JsonElement data)
    {
        var json = Encoding.UTF8.GetBytes(data.GetRawText());
        ReplaceNul(json);
        return JsonElement.Parse(json);
    }

    static string HeadWithoutNul(string text) =>
        Head(text, JsonEncodedText.Encode(Head(text, MaxReportChars)).EncodedUtf8Bytes.Length <= MaxBytes ? MaxReportChars : MaxBytes / 6);
}
