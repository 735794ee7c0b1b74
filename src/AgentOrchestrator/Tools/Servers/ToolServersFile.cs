using System.Text.Json;

namespace AgentOrchestrator.Tools.Servers;

/// <summary>The tool servers of a file, and what is wrong with those that could not be read.</summary>
/// <param name="Servers">By key.</param>
/// <param name="Faults">By key, in words: one broken server leaves the others usable.</param>
public sealed record ToolServersFile(IReadOnlyDictionary<string, ToolServerConfig> Servers, IReadOnlyDictionary<string, string> Faults)
{
    /// <summary>Reads <c>action_servers.json</c>, <c>{"servers": {KEY: …}}</c>; also <c>{"mcpServers": {KEY: …}}</c>, as agents' <c>agent.mcp.json</c> has it.</summary>
    /// <param name="text">What the file holds.</param>
    /// <param name="environment">The only variables that <c>${NAME}</c> can mean in it.</param>
    /// <exception cref="ToolException">It is no such file.</exception>
    public static ToolServersFile Read(string text, IReadOnlyDictionary<string, string> environment)
    {
        var root = ConfigReader.Parse(text, "The file of tool servers");
        if (!(root.TryGetProperty("servers", out var all) || root.TryGetProperty("mcpServers", out all)) || all.ValueKind != JsonValueKind.Object)
        {
            throw new ToolException("The file of tool servers must hold an object 'servers' or 'mcpServers'.");
        }

        var reader = new ConfigReader(environment);
        var servers = new Dictionary<string, ToolServerConfig>(StringComparer.Ordinal);
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var server in all.EnumerateObject())
        {
            try
            {
                servers[server.Name] = reader.Server(server.Name, server.Value);
            }
            catch (ToolException fault)
            {
                faults[server.Name] = fault.Message;
            }
        }

        return new ToolServersFile(servers, faults);
    }
}
