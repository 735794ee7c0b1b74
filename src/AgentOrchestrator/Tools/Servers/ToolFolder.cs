using System.Text;
using System.Text.Json.Nodes;

namespace AgentOrchestrator.Tools.Servers;

/// <summary>The files that say which tool servers there are, and which agent has which: <c>action_servers.json</c>, <c>agent_configs/{name}.json</c>.</summary>
/// <remarks>Read anew each time, so that an edit holds from the next call on. Agents' names are file names: whoever calls has checked them.</remarks>
/// <param name="folder">Where they lie; need not exist.</param>
/// <param name="environment">The only variables that <c>${NAME}</c> can mean in them.</param>
/// <param name="known">Servers that there are without a file; one of the same key in the file goes before.</param>
public sealed class ToolFolder(string folder, IReadOnlyDictionary<string, string> environment, params IReadOnlyList<ToolServerConfig> known)
{
    public const string ServersFileName = "action_servers.json";
    public const string AgentsFolderName = "agent_configs";

    const int MaxBytes = 4 * 1024 * 1024;
    const string ServerMember = "action_server";

    readonly Lock _writing = new();

    /// <summary>Where the file of servers belongs.</summary>
    public string ServersPath => Path.Combine(folder, ServersFileName);

    /// <summary>Those that are known without a file when there is none.</summary>
    /// <exception cref="ToolException">It is no such file, or cannot be read.</exception>
    public ToolServersFile ReadServers()
    {
        var file = Text(ServersPath) is { } text
            ? ToolServersFile.Read(text, environment)
            : new ToolServersFile(new Dictionary<string, ToolServerConfig>(), new Dictionary<string, string>());
        var more = known.Where(server => !file.Servers.ContainsKey(server.Key) && !file.Faults.ContainsKey(server.Key)).ToList();
        return more.Count == 0 ? file : file with { Servers = file.Servers.Concat(more.ToDictionary(server => server.Key)).ToDictionary() };
    }

    /// <summary>Null when the agent has no file.</summary>
    /// <exception cref="ToolException">It is no such file, cannot be read, or names a server that cannot be used.</exception>
    public AgentToolsFile? ReadAgent(string agent) => Text(PathOf(agent)) is { } text ? Read(agent, text, ReadServers()) : null;

    /// <param name="servers">As <see cref="ReadServers"/> gave them.</param>
    /// <exception cref="ToolException">As above.</exception>
    public AgentToolsFile? ReadAgent(string agent, ToolServersFile servers) => Text(PathOf(agent)) is { } text ? Read(agent, text, servers) : null;

    /// <summary>Gives the agent a server of the servers' file in place of the one that it had. What else its file says stays.</summary>
    /// <exception cref="ToolException">There is no such server, it cannot be used, or the file cannot be read or written.</exception>
    public ToolServerConfig Assign(string agent, string server)
    {
        lock (_writing)
        {
            var servers = ReadServers();
            if (servers.Faults.TryGetValue(server, out var fault)) { throw new ToolException($"The tool server '{server}' cannot be used: {fault}"); }
            if (!servers.Servers.TryGetValue(server, out var config)) { throw new ToolException($"There is no tool server '{server}'."); }

            var file = Members(agent);
            file["agent_name"] ??= agent;
            file[ServerMember] = server;
            file["actions"] ??= new JsonArray();
            Write(agent, file);
            return config;
        }
    }

    /// <summary>Takes the agent's server away. What else its file says stays.</summary>
    /// <returns>False when it had none.</returns>
    /// <exception cref="ToolException">The file cannot be read or written.</exception>
    public bool Unassign(string agent)
    {
        lock (_writing)
        {
            var file = Members(agent);
            if (file[ServerMember] is null) { return false; }

            file[ServerMember] = null;
            Write(agent, file);
            return true;
        }
    }

    /// <summary>Of an agent that is deleted: the next one of its name begins without.</summary>
    /// <returns>False when it had no file.</returns>
    public bool Forget(string agent)
    {
        lock (_writing)
        {
            if (!File.Exists(PathOf(agent))) { return false; }

            File.Delete(PathOf(agent));
            return true;
        }
    }

    static AgentToolsFile Checked(string text, ToolServersFile servers, IReadOnlyDictionary<string, string> environment)
    {
        try
        {
            return AgentToolsFile.Read(text, servers.Servers, environment);
        }
        catch (ToolException fault) when (servers.Faults.Count > 0)
        {
            throw new ToolException($"{fault.Message} {string.Join(' ', servers.Faults.Select(one => $"'{one.Key}' cannot be used: {one.Value}"))}", fault);
        }
    }

    AgentToolsFile Read(string agent, string text, ToolServersFile servers)
    {
        var file = Checked(text, servers, environment);
        return file.Server is { } server && servers.Servers.GetValueOrDefault(server.Key)?.Source != server.Source
            ? file with { Server = server with { Owner = agent } }
            : file;
    }

    JsonObject Members(string agent)
    {
        if (Text(PathOf(agent)) is not { } text) { return []; }

        var json = ConfigReader.Parse(text, "The file of an agent's tools");
        return JsonNode.Parse(json.GetRawText())!.AsObject();
    }

    void Write(string agent, JsonObject file)
    {
        var path = PathOf(agent);
        try
        {
            OwnerFile.Replace(path, Encoding.UTF8.GetBytes(file.ToJsonString(OwnerFile.Readable) + "\n"));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"{Path.GetFileName(path)} cannot be written: {fault.Message}", fault);
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
