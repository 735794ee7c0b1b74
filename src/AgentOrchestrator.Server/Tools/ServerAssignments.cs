using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Tools;
using AgentOrchestrator.Tools;
using AgentOrchestrator.Tools.Catalog;
using AgentOrchestrator.Tools.Servers;

namespace AgentOrchestrator.Server.Tools;

/// <summary>Which agent has which tool server, as the files say.</summary>
sealed class ServerAssignments(AgentCatalog agents, ToolFolder folder, ToolCatalog catalog)
{
    const string FromNow = "It holds from the agent's next call on; nothing is restarted.";

    /// <exception cref="ProductException">Conflict when the file cannot be read.</exception>
    /// <param name="isOwner">Who may see where files lie, and which commands are started.</param>
    public ActionServers List(string org, bool isOwner = false)
    {
        // The files are the default org's.
        if (org != CoordinatorOptions.DefaultOrg) { return new ActionServers { Servers = [], Faults = [] }; }

        var file = Try(folder.ReadServers);
        return new ActionServers
        {
            Servers = [.. file.Servers.Values.Select(server => View(server, isOwner))],
            File = isOwner ? folder.ServersPath : null,
            Faults = [.. file.Faults.Select(fault => new ActionServerFault(fault.Key, fault.Value))],
        };
    }

    /// <exception cref="ProductException">NotFound for agent or server; Conflict for a server or file that cannot be used.</exception>
    public async Task<ActionServerChanged> AssignAsync(string org, string name, string server, CancellationToken cancel)
    {
        var agent = await agents.GetAsync(org, name, cancel);
        Require(org, server);
        var config = Try(() => folder.Assign(agent.Name, server));
        catalog.Refresh(config.Key);
        return new ActionServerChanged { Message = $"The agent '{agent.Name}' has the tool server '{server}' now.", Note = $"{Starts(config)}{await OfferAsync(config, cancel)} {FromNow}" };
    }

    /// <exception cref="ProductException">NotFound when there is no such server.</exception>
    public void Require(string org, string server)
    {
        var all = List(org);
        if (all.Servers.All(one => one.Id != server) && all.Faults.All(one => one.Server != server))
        {
            throw new ProductException(ErrorCode.NotFound, $"there is no tool server '{server}'; GET /action-servers/available lists them");
        }
    }

    /// <exception cref="ProductException">NotFound for the agent; NotPossible when it has none; Conflict for a file that cannot be used.</exception>
    public async Task<ActionServerChanged> RemoveAsync(string org, string name, CancellationToken cancel)
    {
        var agent = await agents.GetAsync(org, name, cancel);
        if (org != CoordinatorOptions.DefaultOrg || !Try(() => folder.Unassign(agent.Name)))
        {
            throw new ProductException(ErrorCode.NotPossible, $"the agent '{agent.Name}' has no tool server");
        }

        return new ActionServerChanged { Message = $"The agent '{agent.Name}' has no tool server any more.", Note = FromNow };
    }

    static string Starts(ToolServerConfig server) => server.CommandLine is { } command ? $"It is a program, started as: {command} " : "";

    async Task<string> OfferAsync(ToolServerConfig server, CancellationToken cancel)
    {
        try
        {
            return $"It offers {(await catalog.ListAsync(server, cancel)).Count} actions.";
        }
        catch (ToolException fault)
        {
            return $"It could not be asked for its actions: {fault.Message}";
        }
    }

    AvailableServer View(ToolServerConfig server, bool isOwner)
    {
        var health = catalog.HealthOf(server);
        return new AvailableServer
        {
            Id = server.Key,
            Name = server.Name,
            Description = server.Description,
            Type = server.KindWord,
            Url = ShownAction.UrlOf(server),
            Command = isOwner ? server.CommandLine : null,
            State = ShownAction.WordOf(health.State),
            Actions = health.Tools,
            LastError = health.LastError,
            LastErrorAt = health.LastErrorAt,
        };
    }

    static T Try<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch (ToolException fault)
        {
            throw new ProductException(ErrorCode.Conflict, fault.Message, inner: fault);
        }
    }
}
