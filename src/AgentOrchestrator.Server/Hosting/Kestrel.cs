using AgentOrchestrator.Protocol;
using AgentOrchestrator.Server.Http;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AgentOrchestrator.Server.Hosting;

/// <summary>The web server's listeners and limits, none of them left to a default.</summary>
static class Kestrel
{
    public static void Configure(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;
        var limits = kestrel.Limits;
        // Up to here a body over its limit is read off after the refusal, so that its sender sees why; beyond, the connection is cut.
        limits.MaxRequestBodySize = 8 * RequestBody.MaxBytes;
        limits.MaxRequestLineSize = 8 * 1024;
        limits.MaxRequestHeaderCount = 100;
        limits.MaxRequestHeadersTotalSize = 32 * 1024;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        // Longer than a held poll, so that a runner's connection outlives the pause between two.
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        // Beyond our own bound, so that those over it can be told.
        limits.MaxConcurrentConnections = options.MaxConnections + ConnectionBound.MaxRefused;
        limits.MaxConcurrentUpgradedConnections = options.MaxConnections;
        var bound = new ConnectionBound(options);
        foreach (var listener in options.Listeners)
        {
            kestrel.Listen(listener.Address, listener.Port, endpoint =>
            {
                endpoint.Protocols = HttpProtocols.Http1;
                endpoint.Use(next => connection => bound.RunAsync(connection, next));
            });
        }
    }

    /// <exception cref="ProductException">Unavailable, naming the addresses and what to do.</exception>
    public static async Task BindAsync(WebApplication app, ServerOptions options, CancellationToken cancel)
    {
        try
        {
            await app.StartAsync(cancel);
        }
        catch (IOException error) when (error.InnerException is AddressInUseException)
        {
            throw new ProductException(
                ErrorCode.Unavailable,
                $"one of {string.Join(", ", options.Urls)} is in use by another program; stop it, or choose others with PORT or --urls", inner: error);
        }
        catch (Exception error) when (error is IOException or System.Net.Sockets.SocketException)
        {
            throw new ProductException(
                ErrorCode.Unavailable, $"cannot listen on {string.Join(", ", options.Urls)}: {error.Message}", inner: error);
        }
    }
}
