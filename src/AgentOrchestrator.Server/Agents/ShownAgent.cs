using System.Text.RegularExpressions;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Server.Access;

namespace AgentOrchestrator.Server.Agents;

/// <summary>An agent as a caller may see it: what may be a secret of its MCP servers, only who writes or executes it.</summary>
static partial class ShownAgent
{
    const string Hidden = "***";

    public static AgentView To(Principal caller, AgentView agent) => WithOlderWords(
        caller.Role is Role.Owner or Role.Runner || agent.McpServers is not { } servers
            ? agent
            : agent with { McpServers = servers.ToDictionary(pair => pair.Key, pair => Hide(pair.Value)) });

    static AgentView WithOlderWords(AgentView agent) => agent with
    {
        Id = agent.Name,
        Role = agent.Description,
        InboxTopic = $"agent:{agent.Name}:inbox",
        StatusEndpoint = $"/agents/{agent.Name}",
        LastSeenAt = agent.ModifiedAt,
    };

    static McpServer Hide(McpServer server) => server with { Env = Hide(server.Env), Headers = Hide(server.Headers) };

    static Dictionary<string, string>? Hide(IReadOnlyDictionary<string, string>? values) =>
        values?.ToDictionary(pair => pair.Key, pair => Placeholder().IsMatch(pair.Value) ? pair.Value : Hidden);

    [GeneratedRegex(@"^\$\{[A-Za-z_][A-Za-z0-9_]*\}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();
}
