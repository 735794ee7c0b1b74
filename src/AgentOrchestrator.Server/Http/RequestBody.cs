using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Server.Http;

/// <summary>Reads JSON bodies: one media type, one size limit, one depth, no key twice.</summary>
static class RequestBody
{
    public const int MaxBytes = 1024 * 1024;
    public const string NotJson = "send the body as JSON, with Content-Type: application/json";

    /// <summary>The body; <c>{}</c> where <paramref name="isOptional"/> and there is none.</summary>
    /// <exception cref="ProductException">
    /// UnsupportedMediaType; TooLarge over 1 MiB; Malformed for what is not one JSON text; Invalid, naming the member, for wrong values.
    /// </exception>
    public static async ValueTask<T> ReadAsync<T>(
        this HttpRequest request, JsonTypeInfo<T> shape, CancellationToken cancel, bool isOptional = false)
    {
        var isJson = request.HasJsonContentType();
        if (!isJson && !(isOptional && request.ContentType is null))
        {
            throw new ProductException(ErrorCode.UnsupportedMediaType, NotJson);
        }

        if (request.ContentLength > MaxBytes)
        {
            throw TooLarge();
        }

        var body = await ReadAllAsync(request.BodyReader, cancel);
        try
        {
            return Parse(request, body.Buffer, shape, isJson, isOptional);
        }
        finally
        {
            request.BodyReader.AdvanceTo(body.Buffer.End);
        }
    }

    static T Parse<T>(HttpRequest request, ReadOnlySequence<byte> body, JsonTypeInfo<T> shape, bool isJson, bool isOptional)
    {
        var text = body.IsSingleSegment ? body.FirstSpan : body.ToArray();
        IdempotencyHeader.NoteBody(request, text);
        if (text.IsEmpty && isOptional)
        {
            text = "{}"u8;
        }
        else if (!isJson)
        {
            throw new ProductException(ErrorCode.UnsupportedMediaType, NotJson);
        }

        JsonText.Check(text);
        try
        {
            return JsonSerializer.Deserialize(text, shape)
                ?? throw new ProductException(ErrorCode.Invalid, "the body must be a JSON object, not null");
        }
        catch (JsonException wrong)
        {
            throw new ProductException(ErrorCode.Invalid, WrongValue.Explain(wrong, shape), inner: wrong);
        }
    }

    static async ValueTask<ReadResult> ReadAllAsync(PipeReader reader, CancellationToken cancel)
    {
        while (true)
        {
            var result = await reader.ReadAsync(cancel);
            if (result.Buffer.Length > MaxBytes)
            {
                reader.AdvanceTo(result.Buffer.End);
                throw TooLarge();
            }

            if (result.IsCompleted)
            {
                return result;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    static ProductException TooLarge() =>
        new(ErrorCode.TooLarge, $"the body is over its limit of {MaxBytes} bytes; send less at a time");
}
