using System.Text;
using System.Text.Json;
using AgentOrchestrator.Tools.Outbound;

namespace AgentOrchestrator.Tools.OpenApi;

/// <summary>What an action brought: a result, or an error in words.</summary>
/// <param name="Result">The body's <c>result</c>, else the whole body; text where it is no JSON.</param>
/// <param name="Error">The body's <c>error</c>, or what the status says.</param>
public sealed record ActionOutcome(JsonElement? Result, string? Error)
{
    const int MaxErrorLength = 2_000;

    static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    internal static ActionOutcome Of(OutboundAnswer answer)
    {
        var body = Json(answer.Body);
        if (!answer.IsSuccess) { return new ActionOutcome(null, $"The server answered {answer.Status}: {Words(body) ?? Text(answer) ?? "nothing that is text"}"); }
        if (answer.Body.Length == 0) { return new ActionOutcome(null, null); }
        if (body is { } json) { return Of(json); }

        return Text(answer) is { } text
            ? new ActionOutcome(String($"The server answered {answer.MediaType ?? "text"}, not JSON: {text}"), null)
            : new ActionOutcome(null, $"The server answered {answer.MediaType ?? "bytes"}, not JSON: {answer.Body.Length:N0} bytes that are no text.");
    }

    static ActionOutcome Of(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object) { return new ActionOutcome(body, null); }

        var hasResult = body.TryGetProperty("result", out var result);
        var hasError = body.TryGetProperty("error", out var error) && error.ValueKind is not (JsonValueKind.Null or JsonValueKind.False);
        if (hasError) { return new ActionOutcome(hasResult && result.ValueKind != JsonValueKind.Null ? result : null, Cut(Words(body)!)); }

        // An `error` of null beside other members is no sign of the result's own envelope.
        return new ActionOutcome(hasResult ? result : body, null);
    }

    static JsonElement? Json(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static string? Words(JsonElement? body)
    {
        if (body is not { ValueKind: JsonValueKind.Object } json) { return body is { } other ? Cut(other.GetRawText()) : null; }

        foreach (var name in (string[])["error", "detail", "message", "title"])
        {
            if (!json.TryGetProperty(name, out var said) || said.ValueKind == JsonValueKind.Null) { continue; }
            if (said.ValueKind == JsonValueKind.Object && said.TryGetProperty("message", out var message)) { said = message; }
            return Cut(said.ValueKind == JsonValueKind.String ? said.GetString()! : said.GetRawText());
        }

        return Cut(json.GetRawText());
    }

    static string? Text(OutboundAnswer answer)
    {
        try
        {
            var text = s_strict.GetString(answer.Body.Span);
            return text.Contains('\0', StringComparison.Ordinal) ? null : answer.IsSuccess ? text : Cut(text);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    static string Cut(string text) => text.Length <= MaxErrorLength ? text : text[..MaxErrorLength] + "…";

    static JsonElement String(string text) => JsonElement.Parse($"\"{JsonEncodedText.Encode(text)}\"");
}
