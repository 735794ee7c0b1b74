using AgentOrchestrator.Tools.Outbound;
using AgentOrchestrator.Tools.Servers;
using Microsoft.Extensions.AI;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentOrchestrator.Tools.Mcp;

/// <summary>A server that speaks the Model Context Protocol: as a program, over streamable HTTP, or over SSE.</summary>
/// <remarks>
/// Connects when it is first asked, and anew when the connection has ended. A call is never made a second time. Safe for any number of threads.
/// A tool whose definition has changed is left out until it is accepted in the pins.
/// </remarks>
public sealed class McpToolServer(ToolServerConfig config, OutboundClient client, ToolPins? pins = null, McpLimits? limits = null) : IToolServer
{
    readonly ToolPins _pins = pins ?? new ToolPins();
    readonly McpLimits _limits = limits ?? new McpLimits();
    readonly SemaphoreSlim _opening = new(1, 1);
    McpConnection? _connection;

    /// <summary>The server says that its tools are others now. Raised on the connection's own thread: take note and return.</summary>
    public event EventHandler? ToolsChanged;

    public string Name => config.Key;

    public async Task<IReadOnlyList<AIFunction>> ListAsync(CancellationToken cancellationToken = default)
    {
        var tools = await AskAsync(AllAsync, _limits.ConnectTimeout, cancellationToken).ConfigureAwait(false);
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return
        [
            .. from tool in tools
               let definition = new ToolDefinition(tool.Name, tool.Description ?? "", tool.InputSchema.Clone())
               where _pins.Allow(config.PinKey, definition)
               select new McpFunction(this, definition, ToolNames.Unique(tool.Name, taken), tool.Annotations?.IdempotentHint is true),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _connection, null) is { } connection) { await connection.DisposeAsync().ConfigureAwait(false); }
        _opening.Dispose();
    }

    internal async Task<string> CallAsync(string tool, Dictionary<string, object?> arguments, IProgress<ToolProgress>? progress, CancellationToken cancel)
    {
        var listener = progress is null ? null : new McpProgress(progress);
        var result = await AskAsync(
            (mcp, stop) => mcp.CallToolAsync(tool, arguments, listener, cancellationToken: stop).AsTask(), config.TimeoutOf(tool) ?? _limits.CallTimeout, cancel).ConfigureAwait(false);
        var text = McpResultText.Of(result);
        return result.IsError is true ? throw new ToolException(text) : text;
    }

    async Task<T> AskAsync<T>(Func<McpClient, CancellationToken, Task<T>> ask, TimeSpan limit, CancellationToken cancel)
    {
        using var clock = new CancellationTokenSource(limit);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancel);
        McpConnection? connection = null;
        try
        {
            connection = await OpenAsync(either.Token).ConfigureAwait(false);
            return await ask(connection.Client, either.Token).WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (!cancel.IsCancellationRequested)
        {
            var cause = clock.IsCancellationRequested && failure is not ToolException ? new OperationCanceledException(failure.Message, failure) : failure;
            var words = McpFaults.Explain(cause, config, limit, connection?.LastWords);
            if (connection is not null && await IsLostAsync(connection, failure, either.Token).ConfigureAwait(false)) { await DropAsync(connection).ConfigureAwait(false); }
            throw words;
        }
    }

    // A tool that is slow or says no is no reason to leave its server. Over HTTP a server may say no because it has forgotten who asks.
    async Task<bool> IsLostAsync(McpConnection connection, Exception failure, CancellationToken cancel) => failure switch
    {
        McpProtocolException { ErrorCode: McpErrorCode.InvalidParams or McpErrorCode.MethodNotFound } => false,
        McpException when config.Kind is not ToolServerKind.Stdio => !await connection.IsKnownAsync(cancel).ConfigureAwait(false),
        OperationCanceledException or McpException => false,
        _ => true,
    };

    async Task<McpConnection> OpenAsync(CancellationToken cancel)
    {
        await _opening.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (_connection is { IsOpen: true } open) { return open; }
            if (_connection is { } ended) { await DropAsync(ended).ConfigureAwait(false); }

            return _connection = await McpConnection.OpenAsync(config, client, _limits, () => ToolsChanged?.Invoke(this, EventArgs.Empty), cancel).ConfigureAwait(false);
        }
        finally
        {
            _opening.Release();
        }
    }

    async Task DropAsync(McpConnection connection)
    {
        if (Interlocked.CompareExchange(ref _connection, null, connection) == connection) { await connection.DisposeAsync().ConfigureAwait(false); }
    }

    // Page by page, since a server may go on for ever.
    async Task<IReadOnlyList<Tool>> AllAsync(McpClient mcp, CancellationToken cancel)
    {
        var tools = new List<Tool>();
        string? cursor = null;
        do
        {
            var page = await mcp.ListToolsAsync(new ListToolsRequestParams { Cursor = cursor }, cancel).ConfigureAwait(false);
            tools.AddRange(page.Tools);
            if (tools.Count > _limits.MaxTools || (page.Tools.Count == 0 && page.NextCursor is not null))
            {
                throw new ToolException($"The tool server '{config.Key}' offers more than {_limits.MaxTools:N0} tools, or pages without end.");
            }

            cursor = page.NextCursor;
        }
        while (cursor is not null);
        return tools;
    }
}
