using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;

namespace AgentOrchestrator.Tools.Outbound;

/// <summary>The one way by which tools reach other machines. Keeps no cookies, uses no proxy, sends no trace of the caller; see docs/tools.md.</summary>
/// <remarks>Safe for any number of threads.</remarks>
public sealed class OutboundClient : IDisposable
{
    const int MaxHeadersKilobytes = 64;

    static readonly TimeSpan s_connectionLifetime = TimeSpan.FromMinutes(5);

    readonly OutboundPolicy _policy;
    readonly TimeProvider _time;
    readonly OutboundHandler _handler;

    /// <param name="policy">Where tools may connect to.</param>
    /// <param name="lookup">How names are looked up; by the system when null.</param>
    /// <param name="time">What bounds the answers.</param>
    public OutboundClient(OutboundPolicy policy, NameLookup? lookup = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(policy);
        _policy = policy;
        _time = time ?? TimeProvider.System;
        var connections = new CheckedConnections(policy, lookup ?? Dns.GetHostAddressesAsync);
        var sockets = new SocketsHttpHandler
        {
            ConnectCallback = connections.ConnectAsync,
            ConnectTimeout = policy.ConnectTimeout,
            PooledConnectionLifetime = s_connectionLifetime,
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.All,
            MaxResponseHeadersLength = MaxHeadersKilobytes,
            MaxResponseDrainSize = 0,
            ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator(),
        };
        _handler = new OutboundHandler(policy, sockets);
        Http = Client(_handler);
    }

    /// <summary>For streams and for libraries that want a client: gated and bounded in size; its user bounds the time and meets raw exceptions.</summary>
    public HttpClient Http { get; }

    /// <summary>A whole answer, within the policy's time.</summary>
    /// <exception cref="ToolException">The address is not allowed, or no whole answer came; says why.</exception>
    public async Task<OutboundAnswer> SendAsync(HttpRequestMessage request, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var limit = timeout ?? _policy.Timeout;
        using var clock = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellationToken);
        try
        {
            using var response = await Http.SendAsync(request, HttpCompletionOption.ResponseContentRead, either.Token).ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false);
            return new OutboundAnswer((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, body);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested && failure is not ToolException)
        {
            throw OutboundFaults.Explain(failure, request.RequestUri, limit);
        }
    }

    /// <summary>A GET with an optional bearer token.</summary>
    /// <exception cref="ToolException">As <see cref="SendAsync"/>.</exception>
    public async Task<OutboundAnswer> GetAsync(Uri address, string? token = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (token is not null) { request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token); }
        return await SendAsync(request, timeout, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As <see cref="Http"/>, for one server: requests go to its origin alone, with its credentials. Dispose it; the connections stay.</summary>
    internal HttpClient At(Uri home, string? token, IReadOnlyDictionary<string, string> headers) =>
        Client(new HomeHandler(home, token, headers, _handler), owns: false);

    public void Dispose() => Http.Dispose();

    HttpClient Client(HttpMessageHandler handler, bool owns = true) =>
        new(handler, owns) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = _policy.MaxBytes };
}

/// <summary>What a server answered, whole.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="MediaType">As the server says, without parameters.</param>
/// <param name="Body">The bytes, decompressed.</param>
public sealed record OutboundAnswer(int Status, string? MediaType, ReadOnlyMemory<byte> Body)
{
    public bool IsSuccess => Status is >= 200 and < 300;
}
