using System.Text.Json;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Tools;
using AgentOrchestrator.Tools;
using AgentOrchestrator.Tools.Catalog;
using AgentOrchestrator.Tools.Servers;

namespace AgentOrchestrator.Server.Tools;

/// <summary>What agents were given: by the files of tool servers, and by their own definitions.</summary>
sealed class ToolGrants(ToolFolder folder, ServerOptions options)
{
    const string Chat = "chat";

    // What reaches nothing needs no leave.
    static readonly string[] s_harmless = ["calculator"];

    static readonly Dictionary<string, McpServer> s_none = [];

    public GrantedTools Of(string org, AgentView agent) => Of(org, [agent]).Single();

    public IReadOnlyList<GrantedTools> Of(string org, IReadOnlyList<AgentView> agents)
    {
        // The files are the default org's.
        var files = org == CoordinatorOptions.DefaultOrg ? Try(folder.ReadServers) : default;
        return [.. agents.Select(agent => Of(agent, files))];
    }

    GrantedTools Of(AgentView agent, (ToolServersFile? File, string? Fault) files)
    {
        var (assigned, fault) = files.File is { } servers ? Try(() => folder.ReadAgent(agent.Name, servers)?.Server) : (null, files.Fault);
        var own = OwnOf(agent);
        var grant = new ToolGrant
        {
            Agent = agent.Name,
            Assigned = assigned,
            Own = [.. own.Servers.Values],
            BuiltIn = [.. s_harmless, .. agent.AllowedTools ?? []],
            Denied = agent.DisallowedTools ?? [],
        };
        return new GrantedTools(
            grant, [.. fault is null ? [] : (ActionServerFault[])[new("", fault)], .. own.Faults.Select(one => new ActionServerFault(one.Key, one.Value))]);
    }

    /// <summary>Executors that are programs connect to their servers themselves. A definition reads the variables that it names, and no others.</summary>
    ToolServersFile OwnOf(AgentView agent)
    {
        var servers = agent.Executor == Chat ? agent.McpServers ?? s_none : s_none;
        var members = servers.Where(server => server.Value.Url is not null).Select(server =>
            $"{JsonSerializer.Serialize(server.Key, CompactJson.Default.String)}:{JsonSerializer.Serialize(server.Value, CompactJson.Default.McpServer)}");
        var known = options.ToolVariables.Where(variable => agent.Env?.Contains(variable.Key) is true).ToDictionary();
        var read = ToolServersFile.Read($"{{\"mcpServers\":{{{string.Join(',', members)}}}}}", known);
        var programs = servers.Where(server => server.Value.Url is null).Select(server => KeyValuePair.Create(server.Key, Program(server.Key)));
        return read with { Faults = read.Faults.Concat(programs).ToDictionary() };
    }

    static string Program(string key) => $"'{key}' of the agent's own definition is a program, which belongs beside its run and is not started by the server.";

    static (T? Value, string? Fault) Try<T>(Func<T?> read)
    {
        try
        {
            return (read(), null);
        }
        catch (ToolException fault)
        {
            return (default, fault.Message);
        }
    }
}

/// <summary>What an agent was given, and what of it cannot be used.</summary>
sealed record GrantedTools(ToolGrant Grant, IReadOnlyList<ActionServerFault> Faults);
