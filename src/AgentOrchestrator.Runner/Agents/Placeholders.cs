using System.Text.RegularExpressions;
using AgentOrchestrator.Protocol.Agents;

namespace AgentOrchestrator.Runner.Agents;

/// <summary>
/// Fills <c>${NAME}</c> when a run begins: in url, headers, command, args and env of an agent's MCP servers, and in the agent's own command.
/// </summary>
/// <remarks>
/// Known are the run's own names and the variables that the agent's <c>env</c> lists, so that a definition cannot read what its owner did not
/// name. Everything else stays as it is written.
/// </remarks>
static partial class Placeholders
{
    public const string SessionId = "AGENT_SESSION_ID";
    public const string SessionName = "AGENT_SESSION_NAME";
    public const string McpUrl = "AGENT_ORCHESTRATOR_MCP_URL";
    public const string AgentFolder = "AGENT_ORCHESTRATOR_AGENT_DIR";

    /// <param name="agent">The agent as pinned.</param>
    /// <param name="environment">The run's environment, which holds the session's id and name.</param>
    /// <param name="mcpUrl">The server's own MCP endpoint.</param>
    public static AgentView Fill(AgentView agent, IReadOnlyDictionary<string, string> environment, string mcpUrl)
    {
        if (agent is { McpServers: null, Command: null }) { return agent; }

        var names = (IReadOnlyList<string>)[SessionId, SessionName, AgentFolder, .. agent.Env ?? []];
        var values = names.Distinct().Where(environment.ContainsKey).ToDictionary(name => name, name => environment[name]);
        values[McpUrl] = mcpUrl;
        return agent with
        {
            McpServers = agent.McpServers?.ToDictionary(pair => pair.Key, pair => Fill(pair.Value, values)),
            Command = agent.Command is { } command ? [.. command.Select(word => Fill(word, values)!)] : null,
        };
    }

    static McpServer Fill(McpServer server, Dictionary<string, string> values) => server with
    {
        Url = Fill(server.Url, values),
        Command = Fill(server.Command, values),
        Args = server.Args is { } args ? [.. args.Select(text => Fill(text, values)!)] : null,
        Headers = Fill(server.Headers, values),
        Env = Fill(server.Env, values),
    };

    static Dictionary<string, string>? Fill(IReadOnlyDictionary<string, string>? texts, Dictionary<string, string> values) =>
        texts?.ToDictionary(pair => pair.Key, pair => Fill(pair.Value, values)!);

    // One pass: what a value holds is not looked at again.
    static string? Fill(string? text, Dictionary<string, string> values) =>
        text is null ? null : Name().Replace(text, match => values.GetValueOrDefault(match.Groups[1].Value, match.Value));

    [GeneratedRegex(@"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")]
    private static partial Regex Name();
}
