using AgentOrchestrator.Server.Access;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AgentOrchestrator.Server.Mcp;

/// <summary>What an MCP server offers to whoever asks.</summary>
/// <param name="gone">Cancelled when the caller has left.</param>
delegate McpServerOptions OpenMcp(HttpContext http, CancellationToken gone);

/// <summary>One client's conversation over streamable HTTP, on this node.</summary>
sealed class McpHttpSession : IAsyncDisposable
{
    readonly CancellationTokenSource _gone = new();
    readonly StreamableHttpServerTransport _transport;
    readonly McpServer _server;
    readonly Task _running;

    McpHttpSession(string? id, HttpContext http, OpenMcp open, ILoggerFactory logs)
    {
        Owner = Principal.Of(http);
        _transport = new StreamableHttpServerTransport(logs) { SessionId = id, Stateless = id is null };
        _server = McpServer.Create(_transport, open(http, _gone.Token), logs);
        _running = _server.RunAsync(CancellationToken.None);
    }

    /// <summary>Who opened it, and alone may use it.</summary>
    public Principal Owner { get; }

    /// <summary>Requests that are being answered.</summary>
    public int Uses { get; set; }

    /// <summary>When the last request was answered.</summary>
    public long LastUsed { get; set; }

    public static McpHttpSession Begin(string id, HttpContext http, OpenMcp open, ILoggerFactory logs) => new(id, http, open, logs);

    /// <summary>For a single request of a protocol that knows no sessions: who closes the connection has given the request up.</summary>
    public static McpHttpSession ForOne(HttpContext http, OpenMcp open, ILoggerFactory logs) => new(null, http, open, logs);

    /// <returns>False when there is nothing to answer.</returns>
    public Task<bool> HandleAsync(JsonRpcMessage message, Stream answer, CancellationToken cancel) =>
        _transport.HandlePostRequestAsync(message, answer, cancel);

    /// <summary>The caller has left: what it waits for goes on without it.</summary>
    public void Leave() => _gone.Cancel();

    public async ValueTask DisposeAsync()
    {
        await _transport.DisposeAsync();
        await _server.DisposeAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _gone.Dispose();
    }
}
