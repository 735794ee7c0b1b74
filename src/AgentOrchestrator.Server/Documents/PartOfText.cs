using System.Buffers;
using System.Globalization;
using AgentOrchestrator.Coordinator.Documents;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Server.Documents;

/// <summary>Some characters of a text, as its bytes are.</summary>
static class PartOfText
{
    const int BufferBytes = 64 * 1024;

    /// <returns>Null where the whole content is asked for.</returns>
    public static (long Offset, long? Limit)? Read(HttpRequest request)
    {
        var (offset, limit) = (ReadNumber(request, "offset", 0), ReadNumber(request, "limit", 1));
        return offset is null && limit is null ? null : (offset ?? 0, limit);
    }

    public static async Task WriteAsync(HttpContext http, Document document, TextPlaces places, Stream content, CancellationToken cancel)
    {
        var response = http.Response;
        response.StatusCode = StatusCodes.Status206PartialContent;
        response.ContentType = document.ContentType;
        response.ContentLength = places.ToByte - places.FromByte;
        response.Headers["X-Total-Chars"] = places.Total.ToString(CultureInfo.InvariantCulture);
        response.Headers["X-Char-Range"] = string.Create(CultureInfo.InvariantCulture, $"{places.From}-{places.To}");
        response.Headers.ContentDisposition = WholeContent.IsActive(document.ContentType) ? "attachment" : "inline";
        response.Headers.ContentSecurityPolicy = WholeContent.NothingRuns;
        response.Headers.ETag = Preconditions.TagOf(document);
        content.Seek(places.FromByte, SeekOrigin.Begin);
        await CopyAsync(content, response.Body, places.ToByte - places.FromByte, cancel);
    }

    static async Task CopyAsync(Stream content, Stream body, long length, CancellationToken cancel)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (int read; length > 0; length -= read)
            {
                read = await content.ReadAsync(buffer.AsMemory(0, (int)Math.Min(length, buffer.Length)), cancel);
                if (read == 0) { throw DocumentErrors.Missing("cut short"); }

                await body.WriteAsync(buffer.AsMemory(0, read), cancel);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    static long? ReadNumber(HttpRequest request, string name, long least)
    {
        if (request.Query[name].Count == 0) { return null; }

        return request.Query[name] is [{ } text] && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least
            ? number
            : throw new ProductException(ErrorCode.Malformed, $"{name} must be a whole number of characters, {least} or more");
    }
}
