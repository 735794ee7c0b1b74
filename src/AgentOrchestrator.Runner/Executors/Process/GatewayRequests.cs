using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Runner.Executors.Programs;

namespace AgentOrchestrator.Runner.Executors.Process;

/// <summary>Deals with the requests of one program: events of its own session are spooled, everything else goes on to the server.</summary>
sealed class GatewayRequests(RunContext run, SessionVoice session, ProgramLimits limits) : IDisposable
{
    static readonly string[] s_asked = ["Accept", "Idempotency-Key", "Last-Event-ID", "If-Match", "If-None-Match", "Range", "traceparent"];
    static readonly string[] s_answered = ["Retry-After", "ETag", "Cache-Control"];

    readonly string _server = run.Server.GetLeftPart(UriPartial.Path).TrimEnd('/');
    readonly HttpClient _http = new(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(5),
        UseProxy = !run.Server.IsLoopback,
        UseCookies = false,
        AllowAutoRedirect = false,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public void Dispose() => _http.Dispose();

    /// <param name="path">Path and query as the server has them.</param>
    public async Task AnswerAsync(HttpListenerContext context, string path, CancellationToken cancel)
    {
        if (await ReadAsync(context.Request, cancel).ConfigureAwait(false) is not { } body)
        {
            await GatewayAnswer.RefuseAsync(context.Response, 413, "too_large", $"a body may have at most {limits.MaxBodyBytes} bytes").ConfigureAwait(false);
        }
        else if (IsOwnEvent(context.Request, path, body) is { } said)
        {
            await session.SayAsync(said, cancel).ConfigureAwait(false);
            await GatewayAnswer.AcceptAsync(context.Response).ConfigureAwait(false);
        }
        else
        {
            await ForwardAsync(context, path, body, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>The event that a request posts to the run's own session; null for every other request, and for those that the server refuses.</summary>
    PostEvent? IsOwnEvent(HttpListenerRequest request, string path, byte[] body)
    {
        if (request.HttpMethod is not "POST") { return null; }

        string?[] parts = [.. path.Split('?')[0].Trim('/').Split('/').Select(Uri.UnescapeDataString)];
        if (parts is not (["events"] or ["sessions", _, "events"])) { return null; }
        try
        {
            var said = JsonSerializer.Deserialize(body, ProtocolJson.Default.PostEvent);
            var isOwn = parts is ["sessions", var id, _]
                ? session.IsCalled(id) && (said?.SessionId is null || session.IsCalled(said.SessionId))
                : session.IsCalled(said?.SessionId ?? said?.SessionName);
            return isOwn && !string.IsNullOrWhiteSpace(said?.EventType) ? said : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    async Task ForwardAsync(HttpListenerContext context, string path, byte[] body, CancellationToken cancel)
    {
        using var request = RequestOf(context.Request, path, body);
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel).ConfigureAwait(false);
        }
        catch (Exception away) when (away is HttpRequestException or SocketException)
        {
            context.Response.AddHeader("Retry-After", "1");
            await GatewayAnswer.RefuseAsync(context.Response, 503, "unavailable", $"the server cannot be reached: {away.GetBaseException().Message}")
                .ConfigureAwait(false);
            return;
        }

        using (response)
        {
            if (response.IsSuccessStatusCode) { await NoteBindingAsync(context.Request, path, body, cancel).ConfigureAwait(false); }
            await PassOnAsync(response, context.Response, cancel).ConfigureAwait(false);
        }
    }

    HttpRequestMessage RequestOf(HttpListenerRequest asked, string path, byte[] body)
    {
        var request = new HttpRequestMessage(new HttpMethod(asked.HttpMethod), _server + path);
        if (body.Length > 0 || asked.HttpMethod is "POST" or "PUT" or "PATCH")
        {
            request.Content = new ByteArrayContent(body);
            if (asked.ContentType is { } type) { request.Content.Headers.TryAddWithoutValidation("Content-Type", type); }
        }

        foreach (var name in s_asked)
        {
            if (asked.Headers[name] is { } value) { request.Headers.TryAddWithoutValidation(name, value); }
        }

        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", run.Token);
        return request;
    }

    /// <summary>The program has told its own id of the conversation, and will use it in paths from now on.</summary>
    async Task NoteBindingAsync(HttpListenerRequest request, string path, byte[] body, CancellationToken cancel)
    {
        if (request.HttpMethod is not "POST") { return; }
        switch (path.Split('?')[0].Trim('/').Split('/'))
        {
            case ["sessions"] when JsonSerializer.Deserialize(body, ProtocolJson.Default.CreateSession) is { SessionId: { } made } posted
                && session.IsCalled(posted.SessionName):
                await session.BindAsync(made, toldHere: true, cancel).ConfigureAwait(false);
                break;
            case ["sessions", var id, "bind"] when session.IsCalled(Uri.UnescapeDataString(id))
                && JsonSerializer.Deserialize(body, ProtocolJson.Default.BindSession) is { ExecutorSessionId: { } bound }:
                await session.BindAsync(bound, toldHere: false, cancel).ConfigureAwait(false);
                break;
        }
    }

    static async Task PassOnAsync(HttpResponseMessage from, HttpListenerResponse to, CancellationToken cancel)
    {
        to.StatusCode = (int)from.StatusCode;
        if (from.Content.Headers.ContentType is { } type) { to.ContentType = type.ToString(); }
        foreach (var name in s_answered)
        {
            if (from.Headers.TryGetValues(name, out var values)) { to.AddHeader(name, string.Join(", ", values)); }
        }

        if (from.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.NotModified) { to.ContentLength64 = 0; }
        else if (from.Content.Headers.ContentLength is { } length) { to.ContentLength64 = length; }
        else { to.SendChunked = true; }

        // By and by, as a feed comes.
        var buffer = new byte[16 * 1024];
        await using var body = await from.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        for (int read; (read = await body.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0;)
        {
            await to.OutputStream.WriteAsync(buffer.AsMemory(0, read), cancel).ConfigureAwait(false);
            await to.OutputStream.FlushAsync(cancel).ConfigureAwait(false);
        }

        to.Close();
    }

    /// <returns>Null for more than a body may have.</returns>
    async Task<byte[]?> ReadAsync(HttpListenerRequest request, CancellationToken cancel)
    {
        if (!request.HasEntityBody) { return []; }

        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int read; (read = await request.InputStream.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0;)
        {
            if (body.Length + read > limits.MaxBodyBytes) { return null; }
            body.Write(buffer.AsSpan(0, read));
        }

        return body.ToArray();
    }
}
