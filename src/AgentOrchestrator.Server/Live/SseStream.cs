using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Server.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace AgentOrchestrator.Server.Live;

/// <summary>Writes server-sent events with a limit on how long one flush may take; then the connection is aborted.</summary>
/// <remarks>An aborted reader resumes with <c>Last-Event-ID</c>. Kestrel's own rate limit never fires on streams this slow.</remarks>
sealed class SseStream : IDisposable
{
    readonly HttpContext _http;
    readonly TimeSpan _sendTimeout;
    readonly ArrayBufferWriter<byte> _json = new();
    readonly Utf8JsonWriter _writer;

    public SseStream(HttpContext http, TimeSpan sendTimeout)
    {
        _http = http;
        _sendTimeout = sendTimeout;
        _writer = new Utf8JsonWriter(_json, JsonBytes.Readable);
        http.Features.Get<IHttpMinResponseDataRateFeature>()?.MinDataRate = null;
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-cache, no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no";
    }

    public void Write<T>(string? id, string type, T data, JsonTypeInfo<T> shape)
    {
        _json.ResetWrittenCount();
        _writer.Reset();
        JsonSerializer.Serialize(_writer, data, shape);
        _writer.Flush();
        WriteRaw(id, type, _json.WrittenSpan);
    }

    /// <param name="json">One line: compact JSON has no line breaks.</param>
    public void WriteRaw(string? id, string type, ReadOnlySpan<byte> json)
    {
        if (id is not null)
        {
            Put($"id: {id}\n");
        }

        Put($"event: {type}\ndata: ");
        _http.Response.BodyWriter.Write(json);
        Put("\n\n");
    }

    /// <summary>The last word to a reader whose token has ended; others get none.</summary>
    public async Task SayWhyAsync(FeedLife life)
    {
        if (!life.IsLocked || _http.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        try
        {
            Write(null, "problem", Problems.Of(FeedLife.Refusal()), CompactJson.Default.Problem);
            await FlushAsync(_http.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // It does not read; the connection is gone.
        }
    }

    public void WriteComment(string text) => Put($": {text}\n\n");

    /// <exception cref="OperationCanceledException">The reader left or was too slow; the connection is gone.</exception>
    public async ValueTask FlushAsync(CancellationToken cancel)
    {
        var flush = _http.Response.BodyWriter.FlushAsync(cancel);
        if (flush.IsCompletedSuccessfully)
        {
            return;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(_sendTimeout);
        try
        {
            await flush.AsTask().WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _http.Abort();
            throw;
        }
    }

    public void Dispose() => _writer.Dispose();

    void Put(string text)
    {
        var span = _http.Response.BodyWriter.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        _http.Response.BodyWriter.Advance(Encoding.UTF8.GetBytes(text, span));
    }

    void Put(FormattableString text) => Put(text.ToString(CultureInfo.InvariantCulture));
}
