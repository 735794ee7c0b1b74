using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace AgentOrchestrator.Protocol.Client.Transport;

/// <summary>Any server, near or far, with or without TLS and proxies.</summary>
public sealed class HttpTransport : ITransport
{
    static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(10);
    static readonly TimeSpan s_answerTimeout = TimeSpan.FromSeconds(60);

    readonly ServerAddress _address;
    readonly HttpClient _http;

    public HttpTransport(ServerAddress address)
        : this(address, new SocketsHttpHandler
        {
            ConnectTimeout = s_connectTimeout,
            // A redirect would carry the token to a place that nobody named.
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = address.LoopbackPort is null,
        })
    {
    }

    /// <summary>Over a handler of the caller's, such as a test's.</summary>
    public HttpTransport(ServerAddress address, HttpMessageHandler handler)
    {
        _address = address;
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public async Task<Reply> SendAsync(Request request, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(s_answerTimeout);
        try
        {
            using var message = ToMessage(request);
            using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseContentRead, limit.Token).ConfigureAwait(false);
            return await ReadAsync(response, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (IsOutage(e))
        {
            throw Unreachable.Refused(_address, e);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw Unreachable.Silent(_address, e);
        }
    }

    public async Task<Stream> OpenStreamAsync(Request request, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(request.Patience ?? s_answerTimeout);
        try
        {
            using var message = ToMessage(request);
            message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
            var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                Tell(request.AnswerHeaders, response);
                return await response.Content.ReadAsStreamAsync(limit.Token).ConfigureAwait(false);
            }

            using (response)
            {
                throw Refusal.Of(await ReadAsync(response, limit.Token).ConfigureAwait(false));
            }
        }
        catch (Exception e) when (IsOutage(e))
        {
            throw Unreachable.Refused(_address, e);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw Unreachable.Silent(_address, e);
        }
    }

    /// <remarks>Without a limit of time: the body may be large, and the server waits for no sender that is too slow.</remarks>
    public async Task<Reply> UploadAsync(Request request, Stream body, string mediaType, CancellationToken cancel)
    {
        try
        {
            using var message = ToMessage(request);
            message.Content = new StreamContent(body) { Headers = { ContentType = MediaTypeHeaderValue.Parse(mediaType) } };
            using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseContentRead, cancel).ConfigureAwait(false);
            return await ReadAsync(response, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (IsOutage(e))
        {
            throw Unreachable.Refused(_address, e);
        }
    }

    public void Dispose() => _http.Dispose();

    /// <remarks>A connection that is reset right after it was opened is told as the socket says it.</remarks>
    static bool IsOutage(Exception error) => error is HttpRequestException or SocketException;

    static async Task<Reply> ReadAsync(HttpResponseMessage response, CancellationToken cancel) =>
        new((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancel).ConfigureAwait(false))
        {
            RetryAfter = response.Headers.RetryAfter?.Delta,
        };

    static void Tell(Dictionary<string, string>? headers, HttpResponseMessage response)
    {
        foreach (var (name, values) in headers is null ? [] : response.Headers.AsEnumerable()) { headers![name] = string.Join(", ", values); }
    }

    HttpRequestMessage ToMessage(Request request)
    {
        var message = new HttpRequestMessage(new HttpMethod(request.Method), _address.Url + request.Path);
        if (_address.Token is { } token)
        {
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (request.IdempotencyKey is { } key)
        {
            message.Headers.Add("Idempotency-Key", key);
        }

        if (request.TraceParent is { } trace)
        {
            message.Headers.TryAddWithoutValidation("traceparent", trace);
        }

        if (request.IfMatch is { } tag)
        {
            message.Headers.TryAddWithoutValidation("If-Match", tag);
        }

        if (request.LastEventId is { } last)
        {
            message.Headers.Add("Last-Event-ID", last.ToString(CultureInfo.InvariantCulture));
        }

        if (request.Json is { } json)
        {
            message.Content = new ByteArrayContent(json) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        }

        return message;
    }
}
