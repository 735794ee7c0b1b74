using System.Text.Json;
using AgentOrchestrator.Tools.Outbound;
using AgentOrchestrator.Tools.Servers;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentOrchestrator.Tools.Mcp;

/// <summary>One connection to a server, with what carries it.</summary>
sealed class McpConnection : IAsyncDisposable
{
    const int MaxReconnections = 3;

    /// <summary>The newest is found out by asking; a server that answers what it does not know as if it did is greeted as older ones are.</summary>
    static readonly string?[] s_versions = [null, "2025-11-25", "2025-06-18", "2025-03-26"];

    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    readonly StdioProgram? _program;
    readonly HttpClient? _http;

    McpConnection(McpClient client, StdioProgram? program, HttpClient? http)
    {
        Client = client;
        _program = program;
        _http = http;
    }

    public McpClient Client { get; }

    public bool IsOpen => !Client.Completion.IsCompleted;

    /// <summary>What a program last said of itself.</summary>
    public string? LastWords => _program?.LastWords;

    public static async Task<McpConnection> OpenAsync(
        ToolServerConfig config, OutboundClient outbound, McpLimits limits, Action toolsChanged, CancellationToken cancel)
    {
        var program = config.Kind == ToolServerKind.Stdio ? StdioProgram.Start(config, limits.MaxLineBytes) : null;
        var http = program is null ? outbound.At(config.Url!, config.Token, config.Headers) : null;
        try
        {
            var client = program is null
                ? await GreetAsync(config, http!, limits, toolsChanged, cancel).ConfigureAwait(false)
                : await CreateAsync(new StreamClientTransport(program.Input, program.Output), Options(limits, toolsChanged), cancel).ConfigureAwait(false);
            return new McpConnection(client, program, http);
        }
        catch (Exception failure)
        {
            http?.Dispose();
            if (program is null) { throw; }

            var words = program.LastWords;
            await program.DisposeAsync().ConfigureAwait(false);
            if (failure is OperationCanceledException) { throw; }
            throw new IOException(words, failure);
        }
    }

    /// <summary>Whether the server still knows this connection.</summary>
    public async Task<bool> IsKnownAsync(CancellationToken cancel)
    {
        try
        {
            await Client.PingAsync(cancellationToken: cancel).AsTask().WaitAsync(cancel).ConfigureAwait(false);
            return true;
        }
        catch (McpProtocolException refusal)
        {
            return refusal.ErrorCode == McpErrorCode.MethodNotFound;
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException or ToolException or OperationCanceledException or McpException or JsonException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            // Says goodbye, which a server may not answer.
            await Client.DisposeAsync().AsTask().WaitAsync(s_patience).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is TimeoutException or IOException or HttpRequestException or ToolException or OperationCanceledException)
        {
            // It ends all the same.
        }

        _http?.Dispose();
        if (_program is not null) { await _program.DisposeAsync().ConfigureAwait(false); }
    }

    static async Task<McpClient> GreetAsync(ToolServerConfig config, HttpClient http, McpLimits limits, Action toolsChanged, CancellationToken cancel)
    {
        for (var at = 0; ; at++)
        {
            try
            {
                return await CreateAsync(Http(config, http, limits), Options(limits, toolsChanged, s_versions[at]), cancel).ConfigureAwait(false);
            }
            catch (Exception failure) when (at < s_versions.Length - 1 && (failure is JsonException or InvalidOperationException || (at > 0 && failure is McpException)))
            {
                // In an older version, then.
            }
        }
    }

    static Task<McpClient> CreateAsync(IClientTransport transport, McpClientOptions options, CancellationToken cancel) =>
        McpClient.CreateAsync(transport, options, cancellationToken: cancel).WaitAsync(cancel);

    static HttpClientTransport Http(ToolServerConfig config, HttpClient http, McpLimits limits)
    {
        var options = new HttpClientTransportOptions
        {
            Endpoint = config.Url!,
            Name = config.Key,
            TransportMode = config.Kind == ToolServerKind.Sse ? HttpTransportMode.Sse : HttpTransportMode.AutoDetect,
            ConnectionTimeout = limits.ConnectTimeout,
            MaxReconnectionAttempts = MaxReconnections,
        };
        return new HttpClientTransport(options, http, ownsHttpClient: false);
    }

    static McpClientOptions Options(McpLimits limits, Action toolsChanged, string? version = null) => new()
    {
        ProtocolVersion = version,
        ClientInfo = new Implementation { Name = "agent-orchestrator", Version = typeof(McpConnection).Assembly.GetName().Version!.ToString(3) },
        InitializationTimeout = limits.ConnectTimeout,
        Handlers = new McpClientHandlers
        {
            NotificationHandlers =
            [
                new(NotificationMethods.ToolListChangedNotification, (_, _) =>
                {
                    toolsChanged();
                    return default;
                }),
            ],
        },
    };
}
