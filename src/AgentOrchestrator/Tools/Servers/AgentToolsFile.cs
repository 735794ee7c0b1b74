using System.Text.Json;
using AgentOrchestrator.Tools.OpenApi;

namespace AgentOrchestrator.Tools.Servers;

/// <summary>What <c>agent_configs/{name}.json</c> gives an agent.</summary>
/// <param name="AgentName">As the file says; null when it does not.</param>
/// <param name="Server">The server that is named, or described in place; null when none is assigned.</param>
/// <param name="Actions">Stands in where nothing can be discovered.</param>
public sealed record AgentToolsFile(string? AgentName, ToolServerConfig? Server, IReadOnlyList<ToolAction> Actions)
{
    /// <param name="text">What the file holds.</param>
    /// <param name="servers">What <c>action_server</c> may name by its key.</param>
    /// <param name="environment">The only variables that <c>${NAME}</c> can mean in it.</param>
    /// <exception cref="ToolException">It is no such file, or names a server that does not exist.</exception>
    public static AgentToolsFile Read(string text, IReadOnlyDictionary<string, ToolServerConfig> servers, IReadOnlyDictionary<string, string> environment)
    {
        ArgumentNullException.ThrowIfNull(servers);
        var root = ConfigReader.Parse(text, "The file of an agent's tools");
        var name = ConfigReader.Text(root, "agent_name");
        var actions = ConfigReader.Actions(root);
        var server = !root.TryGetProperty("action_server", out var said) ? null : said.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.String => servers.GetValueOrDefault(said.GetString()!)
                ?? throw new ToolException($"There is no tool server '{said.GetString()}'."),
            _ => new ConfigReader(environment).Server(ConfigReader.Text(said, "name") ?? name ?? "own", said),
        };
        return new AgentToolsFile(name, server is null || actions.Count == 0 ? server : server with { Actions = actions, Source = server.Source + root.GetProperty("actions").GetRawText() }, actions);
    }
}
