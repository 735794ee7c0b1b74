using AgentOrchestrator.Tools.Mcp;
using AgentOrchestrator.Tools.OpenApi;
using AgentOrchestrator.Tools.Outbound;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Tools.Servers;

/// <summary>An address of which nobody said what it speaks: OpenAPI is tried first, then MCP, and what answered is kept to.</summary>
sealed class ProbedServer(ToolServerConfig config, OutboundClient client, ToolPins? pins) : IToolServer
{
    readonly OpenApiServer _openApi = new(config, client);
    readonly McpToolServer _mcp = new(config, client, pins);
    IToolServer? _known;

    public event EventHandler? ToolsChanged
    {
        add => _mcp.ToolsChanged += value;
        remove => _mcp.ToolsChanged -= value;
    }

    public string Name => config.Key;

    public async Task<IReadOnlyList<AIFunction>> ListAsync(CancellationToken cancellationToken = default)
    {
        if (_known is { } known) { return await known.ListAsync(cancellationToken).ConfigureAwait(false); }

        var (openApi, first) = await TryAsync(_openApi, cancellationToken).ConfigureAwait(false);
        if (openApi is not null) { return openApi; }

        var (mcp, second) = await TryAsync(_mcp, cancellationToken).ConfigureAwait(false);
        return mcp ?? throw new ToolException($"{first!.Message} As MCP: {second!.Message}") { IsServersFault = true };
    }

    public ValueTask DisposeAsync() => _mcp.DisposeAsync();

    async Task<(IReadOnlyList<AIFunction>? Tools, ToolException? Fault)> TryAsync(IToolServer server, CancellationToken cancel)
    {
        try
        {
            var tools = await server.ListAsync(cancel).ConfigureAwait(false);
            _known = server;
            return (tools, null);
        }
        catch (ToolException fault)
        {
            return (null, fault);
        }
    }
}
