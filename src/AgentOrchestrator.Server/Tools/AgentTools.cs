using System.Text.Json;
using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Tools;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Tools;
using AgentOrchestrator.Tools.Catalog;
using AgentOrchestrator.Tools.Servers;

namespace AgentOrchestrator.Server.Tools;

/// <summary>What each agent may call, and the calls. An agent has what it was given and nothing else.</summary>
sealed class AgentTools(
    AgentCatalog agents, ToolGrants grants, ToolCatalog catalog, ToolCalls calls, PinKeeping pins, IRunStore runs, ServerOptions options)
{
    static readonly JsonElement s_nothing = JsonElement.Parse("{}");

    /// <summary>The agent, for a caller that may act for it: a run only for its own.</summary>
    /// <exception cref="ProductException">NotFound; Forbidden for a run of another agent.</exception>
    public async Task<AgentView> RequireAsync(Principal caller, string name, CancellationToken cancel)
    {
        var agent = await agents.GetAsync(caller.Org, name, cancel);
        if (caller.RunId is { } runId && !agent.Name.Equals((await runs.FindAsync(caller.Org, runId, cancel))?.AgentName, StringComparison.OrdinalIgnoreCase))
        {
            throw new ProductException(ErrorCode.Forbidden, $"the token of a run speaks for the agent of that run alone, which is not '{agent.Name}'");
        }

        return agent;
    }

    public async Task<AgentActions> ListAsync(string org, AgentView agent, CancellationToken cancel)
    {
        var grant = grants.Of(org, agent);
        var box = await OpenAsync(grant.Grant, cancel);
        return new AgentActions
        {
            AgentName = agent.Name,
            ActionServer = grant.Grant.Assigned is { } server ? ShownAction.ServerOf(server) : null,
            Actions = [.. box.Tools.Select(ShownAction.Of)],
            Faults = [.. grant.Faults, .. FaultsOf(box)],
        };
    }

    /// <summary>Of all agents; of a run's own for a run.</summary>
    public async Task<AllActions> ListAllAsync(Principal caller, CancellationToken cancel)
    {
        var seen = await SeenByAsync(caller, cancel);
        var (all, faults) = await OpenAllAsync(caller.Org, seen, cancel);
        return new AllActions { TotalAgents = seen.Count, TotalActions = all.Count, Actions = [.. all.Select(ShownAction.Of)], Faults = faults };
    }

    /// <summary>Among the actions of all agents; of a run's own for a run.</summary>
    public async Task<ActionSearch> SearchAsync(Principal caller, string query, CancellationToken cancel)
    {
        var (all, _) = await OpenAllAsync(caller.Org, await SeenByAsync(caller, cancel), cancel);
        var found = ToolSearch.Find(all, query);
        return new ActionSearch { Query = query, TotalMatches = found.Count, Matches = [.. found.Select(ShownAction.Of)] };
    }

    /// <summary>Has the agent's servers asked anew.</summary>
    public async Task<ActionServerChanged> RefreshAsync(string org, AgentView agent, CancellationToken cancel)
    {
        var grant = grants.Of(org, agent).Grant;
        foreach (var server in grant.Own.Prepend(grant.Assigned).OfType<ToolServerConfig>()) { catalog.Refresh(server.Key); }

        var listed = await ListAsync(org, agent, cancel);
        return new ActionServerChanged
        {
            Message = $"The agent '{agent.Name}' has {listed.Actions.Count} actions.",
            Note = listed.Faults.Count == 0 ? "All of its servers answered." : string.Join(' ', listed.Faults.Select(fault => fault.Error)),
        };
    }

    public ActionServerChanged Reload()
    {
        catalog.Refresh();
        return new ActionServerChanged { Message = "All servers are asked anew for their actions.", Note = "When somebody next wants them." };
    }

    /// <exception cref="ProductException">NotFound when the agent has no such action; Conflict for a program that this server does not start.</exception>
    public async Task<ActionResult> ExecuteAsync(Principal caller, AgentView agent, string actionId, JsonElement? parameters, CancellationToken cancel)
    {
        var (grant, faults) = grants.Of(caller.Org, agent);
        RequireStartable(grant, actionId);
        try
        {
            var tool = await FindAsync(grant, actionId, cancel) ?? throw NotThere(agent, actionId, faults);
            var outcome = await calls.CallAsync(caller, agent.Name, tool, parameters ?? s_nothing, cancel);
            return ShownAction.Of(agent, tool, outcome);
        }
        catch (ToolException failure)
        {
            return ShownAction.Of(agent, actionId, ToolCatalog.ServerOf(grant, actionId)?.Key ?? "", failure);
        }
    }

    /// <summary>Under which id the agent has a tool of a server, if it has it.</summary>
    public string IdOf(string org, AgentView agent, string? server, string tool) => ToolCatalog.IdOf(grants.Of(org, agent).Grant, server, tool);

    /// <summary>The agents whose actions a caller sees: all; for a run its own.</summary>
    public async Task<IReadOnlyList<AgentView>> SeenByAsync(Principal caller, CancellationToken cancel)
    {
        var own = caller.RunId is { } runId ? (await runs.FindAsync(caller.Org, runId, cancel))?.AgentName ?? "" : null;
        var listed = await agents.ListAsync(caller.Org, [], cancel);
        return [.. listed.Where(agent => agent.Error is null && (own is null || own.Equals(agent.Name, StringComparison.OrdinalIgnoreCase)))];
    }

    async Task<(IReadOnlyList<AgentTool> Tools, IReadOnlyList<ActionServerFault> Faults)> OpenAllAsync(
        string org, IReadOnlyList<AgentView> seen, CancellationToken cancel)
    {
        var boxes = await Task.WhenAll(grants.Of(org, seen).Select(async grant => (grant, await OpenAsync(grant.Grant, cancel))));
        return (
            [.. boxes.Zip(seen).SelectMany(pair => pair.First.Item2.Tools.Select(tool => new AgentTool(pair.Second.Name, pair.Second.Description, tool)))],
            [.. boxes.SelectMany(box => box.grant.Faults.Concat(FaultsOf(box.Item2))).Distinct()]);
    }

    async Task<Toolbox> OpenAsync(ToolGrant grant, CancellationToken cancel)
    {
        await pins.LoadAsync(cancel);
        var box = await catalog.OpenAsync(grant, cancel);
        return await pins.SaveAsync(cancel) ? box : await catalog.OpenAsync(grant, cancel);
    }

    async Task<CatalogTool?> FindAsync(ToolGrant grant, string actionId, CancellationToken cancel)
    {
        await pins.LoadAsync(cancel);
        var tool = await catalog.FindAsync(grant, actionId, cancel);
        return await pins.SaveAsync(cancel) ? tool : await catalog.FindAsync(grant, actionId, cancel);
    }

    static IEnumerable<ActionServerFault> FaultsOf(Toolbox box) => box.Faults.Select(one => new ActionServerFault(one.Key, one.Value));

    void RequireStartable(ToolGrant grant, string actionId)
    {
        if (options.NoRunner && ToolCatalog.ServerOf(grant, actionId) is { Kind: ToolServerKind.Stdio } program)
        {
            throw new ProductException(ErrorCode.Conflict, $"the tool server '{program.Key}' is a program: {ToolServices.NoRunner}", "no_runner");
        }
    }

    /// <summary>An agent whose files cannot be read may well have it.</summary>
    static Exception NotThere(AgentView agent, string actionId, IReadOnlyList<ActionServerFault> faults) => faults.Count > 0
        ? new ToolException(string.Join(' ', faults.Select(fault => fault.Error)))
        : new ProductException(ErrorCode.NotFound, $"the agent '{agent.Name}' has no action '{actionId}'; GET /agents/{agent.Name}/actions lists those that it has");
}
