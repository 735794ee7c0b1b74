using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Memory;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Protocol.Tools;
using AgentOrchestrator.Runner.Attempts;
using AgentOrchestrator.Runner.Telemetry;

namespace AgentOrchestrator.Runner;

/// <summary>The routes of the server that a runner calls. Every failure is a <see cref="ProductException"/>.</summary>
sealed class CoordinatorApi : IDisposable
{
    /// <summary>The reason of an error when no answer came: the request may have had its effect, or not.</summary>
    public const string NoAnswer = "no_answer";

    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    // Longer than the server's own bounds for tool servers.
    static readonly TimeSpan s_patienceForTools = TimeSpan.FromMinutes(15);
    readonly HttpClient _http;

    public CoordinatorApi(Uri server, string? token)
    {
        _http = new HttpClient(new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            UseProxy = !server.IsLoopback,
            UseCookies = false,
            AllowAutoRedirect = false,
            // Its spans would come between ours, and nobody sends them.
            ActivityHeadersPropagator = null,
        })
        {
            BaseAddress = new Uri(server.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        if (token is not null)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    public async Task<RunnerRegistered> RegisterAsync(RegisterRunner runner, CancellationToken cancel) =>
        (await SendAsync(Post("runner/register", runner, CompactJson.Default.RegisterRunner), ProtocolJson.Default.RunnerRegistered, s_patience, cancel)
            .ConfigureAwait(false))!;

    /// <summary>Waits for work. Null when there was none.</summary>
    public Task<PollAnswer?> PollAsync(string runnerId, string instanceId, TimeSpan patience, CancellationToken cancel) =>
        SendAsync(
            new HttpRequestMessage(HttpMethod.Get, $"runner/runs?runner_id={Uri.EscapeDataString(runnerId)}&instance_id={Uri.EscapeDataString(instanceId)}"),
            CompactJson.Default.PollAnswer,
            patience,
            cancel);

    public async Task<HeartbeatAnswer> HeartbeatAsync(Heartbeat heartbeat, TimeSpan patience, CancellationToken cancel) =>
        await SendAsync(
            Post("runner/heartbeat", heartbeat, ProtocolJson.Default.Heartbeat), ProtocolJson.Default.HeartbeatAnswer, patience < s_patience ? patience : s_patience, cancel)
            .ConfigureAwait(false) ?? new HeartbeatAnswer();

    /// <param name="verb"><c>started</c>, <c>completed</c>, <c>failed</c> or <c>stopped</c>.</param>
    public Task ReportAsync(string runId, string verb, RunReport report, CancellationToken cancel) =>
        SendAsync(Post(OfRun(runId, verb), report, CompactJson.Default.RunReport), null, s_patience, cancel);

    /// <returns>The ordinal that the server expects next.</returns>
    public async Task<long> AppendAsync(string runId, string runnerId, long fence, SpoolBatch batch, CancellationToken cancel)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, OfRun(runId, "events")) { Content = Json(WriteEvents(runnerId, fence, batch)) };
        var accepted = await SendAsync(request, ProtocolJson.Default.RunEventsAccepted, s_patience, cancel).ConfigureAwait(false);
        return accepted?.NextOrdinal ?? batch.NextOrdinal;
    }

    public Task ShowAsync(string runId, RunDeltas deltas, CancellationToken cancel) =>
        SendAsync(Post(OfRun(runId, "deltas"), deltas, ProtocolJson.Default.RunDeltas), null, TimeSpan.FromSeconds(2), cancel);

    /// <param name="runToken">The run speaks for its session itself.</param>
    public Task BindAsync(string sessionId, BindSession bind, string runToken, CancellationToken cancel)
    {
        var request = Post($"sessions/{Uri.EscapeDataString(sessionId)}/bind", bind, ProtocolJson.Default.BindSession);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", runToken);
        return SendAsync(request, null, s_patience, cancel);
    }

    public async Task<SessionView> FindSessionAsync(string sessionId, CancellationToken cancel) =>
        (await SendAsync(
            new HttpRequestMessage(HttpMethod.Get, $"sessions/{Uri.EscapeDataString(sessionId)}"), ProtocolJson.Default.SessionAnswer, s_patience, cancel)
            .ConfigureAwait(false))!.Session;

    /// <summary>A page of a session's log.</summary>
    public async Task<EventList> ReadEventsAsync(string sessionId, long after, int limit, CancellationToken cancel) =>
        (await SendAsync(
            new HttpRequestMessage(HttpMethod.Get, $"sessions/{Uri.EscapeDataString(sessionId)}/events?after={after}&limit={limit}"),
            ProtocolJson.Default.EventList,
            s_patience,
            cancel).ConfigureAwait(false))!;

    /// <param name="idempotencyKey">Makes a repeat harmless.</param>
    public async Task<RunCreated> CreateRunAsync(CreateRun run, string idempotencyKey, CancellationToken cancel)
    {
        var request = Post("runs", run, CompactJson.Default.CreateRun);
        request.Headers.Add("Idempotency-Key", idempotencyKey);
        if (RunnerTelemetry.CurrentId is { } trace)
        {
            request.Headers.Add("traceparent", trace);
        }

        return (await SendAsync(request, ProtocolJson.Default.RunCreated, s_patience, cancel).ConfigureAwait(false))!;
    }

    public async Task<MemoryResults> SearchMemoryAsync(SearchMemory search, CancellationToken cancel) =>
        (await SendAsync(Post("memories/search", search, ProtocolJson.Default.SearchMemory), ProtocolJson.Default.MemoryResults, s_patience, cancel)
            .ConfigureAwait(false))!;

    public async Task<MemoryView> StoreMemoryAsync(StoreMemory memory, CancellationToken cancel) =>
        (await SendAsync(Post("memories", memory, ProtocolJson.Default.StoreMemory), ProtocolJson.Default.MemoryView, s_patience, cancel)
            .ConfigureAwait(false))!;

    public async Task<AgentActions> ReadActionsAsync(string agent, CancellationToken cancel) =>
        (await SendAsync(
            new HttpRequestMessage(HttpMethod.Get, $"agents/{Uri.EscapeDataString(agent)}/actions"), ProtocolJson.Default.AgentActions, s_patienceForTools, cancel)
            .ConfigureAwait(false))!;

    public async Task<ActionResult> ExecuteAsync(string agent, ExecuteAction action, CancellationToken cancel)
    {
        var request = Post($"agents/{Uri.EscapeDataString(agent)}/actions/execute", action, ProtocolJson.Default.ExecuteAction);
        return (await SendAsync(request, ProtocolJson.Default.ActionResult, s_patienceForTools, cancel).ConfigureAwait(false))!;
    }

    public Task DeregisterAsync(string runnerId, string? instanceId, CancellationToken cancel) =>
        SendAsync(
            new HttpRequestMessage(
                HttpMethod.Delete, $"runners/{Uri.EscapeDataString(runnerId)}?self=true&instance_id={Uri.EscapeDataString(instanceId ?? "")}"),
            null,
            s_patience,
            cancel);

    public void Dispose() => _http.Dispose();

    async Task SendAsync(HttpRequestMessage request, JsonTypeInfo<Ok>? shape, TimeSpan patience, CancellationToken cancel) =>
        await SendAsync<Ok>(request, shape, patience, cancel).ConfigureAwait(false);

    /// <returns>Null for an answer without a body, or when nobody asked for it.</returns>
    async Task<T?> SendAsync<T>(HttpRequestMessage request, JsonTypeInfo<T>? shape, TimeSpan patience, CancellationToken cancel)
        where T : class
    {
        using var timed = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timed.CancelAfter(patience);
        try
        {
            using var response = await _http.SendAsync(request, timed.Token).ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync(timed.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                throw Refusal(response, body);
            }

            return shape is null || body.Length == 0 ? null : JsonSerializer.Deserialize(body, shape);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new ProductException(ErrorCode.Timeout, $"the server did not answer within {patience.TotalSeconds:0} s", NoAnswer, e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            throw new ProductException(ErrorCode.Unavailable, $"the server at {_http.BaseAddress} cannot be reached: {e.GetBaseException().Message}", NoAnswer, e);
        }
        catch (JsonException e)
        {
            throw new ProductException(ErrorCode.Internal, $"the server at {_http.BaseAddress} answered with something else than was asked for", inner: e);
        }
        finally
        {
            request.Dispose();
        }
    }

    static ProductException Refusal(HttpResponseMessage response, byte[] body)
    {
        Problem? problem = null;
        try
        {
            problem = JsonSerializer.Deserialize(body, CompactJson.Default.Problem);
        }
        catch (JsonException)
        {
            // A proxy's page, or a server of another make: the status must do.
        }

        var status = response.StatusCode;
        var code = (int)status switch
        {
            401 => ErrorCode.Unauthenticated,
            403 => ErrorCode.Forbidden,
            404 => ErrorCode.NotFound,
            409 => ErrorCode.Conflict,
            413 => ErrorCode.TooLarge,
            429 => ErrorCode.LimitExceeded,
            408 or 504 => ErrorCode.Timeout,
            502 or 503 => ErrorCode.Unavailable,
            507 => ErrorCode.StorageFull,
            >= 500 => ErrorCode.Internal,
            _ => ErrorCode.Invalid,
        };
        return new ProductException(code, problem?.Detail ?? $"the server answered {(int)status}", problem?.Code)
        {
            RetryAfter = response.Headers.RetryAfter?.Delta,
        };
    }

    static ReadOnlyMemory<byte> WriteEvents(string runnerId, long fence, SpoolBatch batch)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("runner_id", runnerId);
        json.WriteNumber("fence", fence);
        json.WriteNumber("first_ordinal", batch.FirstOrdinal);
        json.WriteStartArray("events");
        foreach (var entry in batch.Events)
        {
            json.WriteRawValue(entry.Span, skipInputValidation: true);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    static string OfRun(string runId, string verb) => $"runner/runs/{Uri.EscapeDataString(runId)}/{verb}";

    static HttpRequestMessage Post<T>(string path, T body, JsonTypeInfo<T> shape) =>
        new(HttpMethod.Post, path) { Content = Json(JsonSerializer.SerializeToUtf8Bytes(body, shape)) };

    static ReadOnlyMemoryContent Json(ReadOnlyMemory<byte> body) =>
        new(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
}
