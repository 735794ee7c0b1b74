namespace AgentOrchestrator.Tools.Servers;

/// <summary>The files that say which tool servers there are, and which agent has which: <c>action_servers.json</c>, <c>agent_configs/{name}.json</c>.</summary>
/// <remarks>Read anew each time, so that an edit holds from the next call on. Agents' names are file names: whoever calls has checked them.</remarks>
/// <param name="folder">Where they lie; need not exist.</param>
/// <param name="environment">The only variables that <c>${NAME}</c> can mean in them.</param>
public sealed class ToolFolder(string folder, IReadOnlyDictionary<string, string> environment)
{
    public const string ServersFileName = "action_servers.json";
    public const string AgentsFolderName = "agent_configs";

    const int MaxBytes = 4 * 1024 * 1024;

    string ServersPath => Path.Combine(folder, ServersFileName);

    /// <summary>None when there is no file.</summary>
    /// <exception cref="ToolException">It is no such file, or cannot be read.</exception>
    public ToolServersFile ReadServers() => Text(ServersPath) is { } text
        ? ToolServersFile.Read(text, environment)
        : new ToolServersFile(new Dictionary<string, ToolServerConfig>(), new Dictionary<string, string>());

    /// <summary>Null when the agent has no file.</summary>
    /// <exception cref="ToolException">It is no such file, cannot be read, or names a server that cannot be used.</exception>
    public AgentToolsFile? ReadAgent(string agent)
    {
        if (Text(PathOf(agent)) is not { } text) { return null; }

        var servers = ReadServers();
        try
        {
            var file = AgentToolsFile.Read(text, servers.Servers, environment);
            return file.Server is { } server && servers.Servers.GetValueOrDefault(server.Key)?.Source != server.Source
                ? file with { Server = server with { Owner = agent } }
                : file;
        }
        catch (ToolException fault) when (servers.Faults.Count > 0)
        {
            throw new ToolException($"{fault.Message} {string.Join(' ', servers.Faults.Select(one => $"'{one.Key}' cannot be used: {one.Value}"))}", fault);
        }
    }

    string PathOf(string agent) => Path.Combine(folder, AgentsFolderName, agent + ".json");

    static string? Text(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists) { return null; }

            return file.Length <= MaxBytes ? File.ReadAllText(path) : throw new ToolException($"{file.Name} is longer than {MaxBytes:N0} bytes.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"{Path.GetFileName(path)} cannot be read: {fault.Message}", fault);
        }
    }
}
