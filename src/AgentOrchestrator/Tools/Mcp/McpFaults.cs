using System.Text.Json;
using AgentOrchestrator.Tools.Outbound;
using AgentOrchestrator.Tools.Servers;
using ModelContextProtocol;

namespace AgentOrchestrator.Tools.Mcp;

/// <summary>Says in words why a server did not do what it was asked.</summary>
static class McpFaults
{
    const int MaxLength = 2_000;

    public static ToolException Explain(Exception failure, ToolServerConfig config, TimeSpan limit, string? lastWords)
    {
        for (var inner = failure; inner is not null; inner = inner.InnerException)
        {
            if (inner is ToolException said) { return said; }
        }

        return new ToolException($"The tool server '{config.Key}' {Words(failure, config, limit, lastWords)}", failure)
        {
            IsServersFault = failure is not McpException,
            IsTimeout = failure is OperationCanceledException or TimeoutException,
        };
    }

    static string Words(Exception failure, ToolServerConfig config, TimeSpan limit, string? lastWords) => failure switch
    {
        OperationCanceledException or TimeoutException => $"did not answer within {limit.TotalSeconds:0.###} seconds.",
        McpException refusal => $"says: {Cut(refusal.Message)}",
        HttpRequestException { StatusCode: { } status } => $"answered {(int)status}{((int)status is 401 or 403 ? "; its token is missing or wrong" : "")}.",
        HttpRequestException => $"cannot be used: {OutboundFaults.Explain(failure, config.Url, limit).Message}",
        JsonException or InvalidOperationException or ArgumentException or FormatException => "answered with what is no MCP.",
        _ => Closed(lastWords ?? (failure.InnerException is not null && config.Command is not null ? failure.Message : null)),
    };

    static string Closed(string? lastWords) =>
        string.IsNullOrEmpty(lastWords) ? "closed the connection." : $"closed the connection. Its last words: {Cut(lastWords)}";

    static string Cut(string text) => text.Length <= MaxLength ? text : text[..MaxLength] + "…";
}
