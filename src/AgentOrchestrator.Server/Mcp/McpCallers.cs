using AgentOrchestrator.Mcp;
using AgentOrchestrator.Server.Access;

namespace AgentOrchestrator.Server.Mcp;

/// <summary>Who calls, by the token and the headers of a request.</summary>
static class McpCallers
{
    const string SessionId = "X-Agent-Session-Id";
    const string SessionName = "X-Agent-Session-Name";
    const string Tags = "X-Agent-Tags";
    const string Demands = "X-Additional-Demands";

    /// <exception cref="Protocol.ProductException">Malformed, naming the header.</exception>
    public static McpCaller Of(HttpContext http, SelfConnection self, CancellationToken gone)
    {
        var headers = http.Request.Headers;
        return new McpCaller(self.As(http.Features.Get<ShownToken>()?.Text))
        {
            // The token of a run speaks for the session of that run, whatever a header says.
            Session = Principal.Of(http).SessionId ?? McpCaller.Given(headers[SessionId]) ?? McpCaller.Given(headers[SessionName]),
            Tags = McpCaller.Given(headers[Tags]),
            Demands = McpCaller.ReadDemands(headers[Demands], Demands),
            Gone = gone,
        };
    }
}
