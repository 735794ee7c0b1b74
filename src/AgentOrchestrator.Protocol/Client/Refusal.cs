using System.Text.Json;
using AgentOrchestrator.Protocol.Client.Transport;

namespace AgentOrchestrator.Protocol.Client;

/// <summary>Rebuilds the error that the server threw.</summary>
static class Refusal
{
    public static ProductException Of(Reply reply)
    {
        var (detail, word) = Read(reply.Body);
        var code = CodeOf(reply.Status);
        var reason = word;
        if (WireEnum<ErrorCode>.TryParse(word, out var known))
        {
            (code, reason) = (known, null);
        }

        return new ProductException(code, detail ?? $"The server answered with status {reply.Status} and no reason; see its log", reason) { RetryAfter = reply.RetryAfter };
    }

    /// <summary>A finer word than the closed list stands in <c>code</c> for some refusals; the status then tells the code.</summary>
    static ErrorCode CodeOf(int status) => status switch
    {
        400 => ErrorCode.NotPossible,
        401 => ErrorCode.Unauthenticated,
        403 => ErrorCode.Forbidden,
        404 or 405 or 410 => ErrorCode.NotFound,
        408 or 504 => ErrorCode.Timeout,
        409 => ErrorCode.Conflict,
        412 => ErrorCode.Changed,
        413 => ErrorCode.TooLarge,
        415 => ErrorCode.UnsupportedMediaType,
        429 => ErrorCode.LimitExceeded,
        502 or 503 => ErrorCode.Unavailable,
        507 => ErrorCode.StorageFull,
        >= 400 and < 500 => ErrorCode.Invalid,
        _ => ErrorCode.Internal,
    };

    static (string? Detail, string? Code) Read(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = ProtocolJson.MaxDepth });
            return json.RootElement.ValueKind is JsonValueKind.Object
                ? (Text(json.RootElement, "detail"), Text(json.RootElement, "code"))
                : default;
        }
        catch (JsonException)
        {
            // A proxy in between, or not our server at all: the status is all that can be told.
            return default;
        }
    }

    static string? Text(JsonElement problem, string name) =>
        problem.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
}
