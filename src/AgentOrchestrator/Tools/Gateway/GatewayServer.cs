using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentOrchestrator.Tools.Mcp;
using AgentOrchestrator.Tools.OpenApi;
using AgentOrchestrator.Tools.Outbound;
using AgentOrchestrator.Tools.Servers;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Tools.Gateway;

/// <summary>
/// A service with MCP servers behind it: <c>GET /api/v1/tools</c> lists their tools, <c>POST /api/v1/tools/call</c> calls one. A service that has no such
/// list is taken for an MCP server, which many gateways are.
/// </summary>
/// <remarks>Safe for any number of threads. No call is made twice. A tool whose definition has changed is left out until it is accepted in the pins.</remarks>
public sealed class GatewayServer(ToolServerConfig config, OutboundClient client, ToolPins? pins = null) : IToolServer
{
    const int MaxTools = 1_000;
    const int NotFound = 404;
    const int NotAllowed = 405;
    const int ServersFault = 500;

    static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    readonly ToolPins _pins = pins ?? new ToolPins();
    readonly McpToolServer _mcp = new(config with { Kind = ToolServerKind.Mcp }, client, pins);
    bool _isMcp;

    public event EventHandler? ToolsChanged
    {
        add => _mcp.ToolsChanged += value;
        remove => _mcp.ToolsChanged -= value;
    }

    public string Name => config.Key;

    public async Task<IReadOnlyList<AIFunction>> ListAsync(CancellationToken cancellationToken = default)
    {
        if (!_isMcp && await TryListAsync(cancellationToken).ConfigureAwait(false) is { } tools) { return Functions(tools); }

        var functions = await _mcp.ListAsync(cancellationToken).ConfigureAwait(false);
        _isMcp = true;
        return functions;
    }

    public ValueTask DisposeAsync() => _mcp.DisposeAsync();

    internal async Task<JsonElement?> CallAsync(GatewayTool tool, string name, JsonObject arguments, ToolCaller? caller, CancellationToken cancel)
    {
        var body = new JsonObject { ["tool"] = tool.Name, ["arguments"] = arguments, ["callerId"] = caller?.Id, ["callerType"] = caller?.Kind };
        if (tool.Server is not null) { body["server"] = tool.Server; }
        var answer = await PostAsync("/api/v1/tools/call", body, name, cancel).ConfigureAwait(false);
        // Nothing was done where there is no such route.
        if (answer.Status == NotFound && tool.Server is { } server)
        {
            var older = $"/mcp/servers/{Uri.EscapeDataString(server)}/tools/{Uri.EscapeDataString(tool.Name)}/call";
            answer = await PostAsync(older, new JsonObject { ["arguments"] = arguments.DeepClone() }, name, cancel).ConfigureAwait(false);
        }

        var outcome = ActionOutcome.Of(answer);
        return outcome.Error is { } error ? throw new ToolException(error) { IsServersFault = answer.Status >= ServersFault } : outcome.Result;
    }

    /// <returns>Null where there is no list.</returns>
    async Task<IReadOnlyList<GatewayTool>?> TryListAsync(CancellationToken cancel)
    {
        using var request = Request(HttpMethod.Get, "/api/v1/tools");
        var answer = await client.SendAsync(request, s_timeout, cancel).ConfigureAwait(false);
        if (answer.Status is NotFound or NotAllowed) { return null; }
        if (!answer.IsSuccess) { throw Fault($"answered {answer.Status} when it was asked for its tools.", answer.Status >= ServersFault); }

        var tools = GatewayTool.ReadAll(answer.Body) ?? throw Fault("answered with something that is no list of tools.");
        return tools.Count <= MaxTools ? tools : throw Fault($"offers more than {MaxTools:N0} tools.");
    }

    IReadOnlyList<AIFunction> Functions(IReadOnlyList<GatewayTool> tools)
    {
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return
        [
            .. from tool in tools
               where _pins.Allow(config.PinKey, new ToolDefinition(tool.FullName, tool.Description, tool.Schema))
               select new GatewayFunction(this, tool, ToolNames.Unique(tool.FullName, taken)),
        ];
    }

    async Task<OutboundAnswer> PostAsync(string path, JsonObject body, string name, CancellationToken cancel)
    {
        using var request = Request(HttpMethod.Post, path);
        request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        return await client.SendAsync(request, config.TimeoutOf(name) ?? s_timeout, cancel).ConfigureAwait(false);
    }

    HttpRequestMessage Request(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, config.Url!.GetLeftPart(UriPartial.Path).TrimEnd('/') + path);
        if (config.Token is { } token) { request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token); }
        foreach (var (name, value) in config.Headers) { request.Headers.TryAddWithoutValidation(name, value); }
        return request;
    }

    ToolException Fault(string words, bool isServersFault = true) => new($"The tool server '{config.Key}' {words}") { IsServersFault = isServersFault };
}
