using System.Text.Json;
using AgentOrchestrator.Coordinator;
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
sealed class AgentTools(AgentCatalog agents, ToolFolder folder, ToolCatalog catalog, IRunStore runs, ServerOptions options)
{
    // What reaches nothing needs no leave.
    static readonly string[] s_harmless = ["calculator"];

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
        var (grant, fault) = GrantOf(org, agent);
        var box = await catalog.OpenAsync(grant, cancel);
        return new AgentActions
        {
            AgentName = agent.Name,
            ActionServer = grant.Assigned is { } server ? ShownAction.ServerOf(server) : null,
            Actions = [.. box.Tools.Select(ShownAction.Of)],
            Faults = [.. fault is null ? [] : (ActionServerFault[])[new("", fault)], .. box.Faults.Select(one => new ActionServerFault(one.Key, one.Value))],
        };
    }

    /// <exception cref="ProductException">NotFound when the agent has no such action; Conflict for a program that this server does not start.</exception>
    public async Task<ActionResult> ExecuteAsync(string org, AgentView agent, string actionId, JsonElement? parameters, CancellationToken cancel)
    {
        var (grant, fault) = GrantOf(org, agent);
        RequireStartable(grant, actionId);
        try
        {
            var tool = await catalog.FindAsync(grant, actionId, cancel) ?? throw (fault is null ? NoSuchAction(agent, actionId) : new ToolException(fault));
            var outcome = await catalog.CallAsync(tool, parameters ?? s_nothing, cancel);
            return ShownAction.Of(agent, tool, outcome);
        }
        catch (ToolException failure)
        {
            return ShownAction.Of(agent, actionId, ToolCatalog.ServerOf(grant, actionId)?.Key ?? "", failure);
        }
    }

    (ToolGrant Grant, string? Fault) GrantOf(string org, AgentView agent)
    {
        var grant = new ToolGrant { Agent = agent.Name, BuiltIn = [.. s_harmless, .. agent.AllowedTools ?? []], Denied = agent.DisallowedTools ?? [] };
        // The files are the default org's.
        if (org != CoordinatorOptions.DefaultOrg) { return (grant, null); }

        try
        {
            return (grant with { Assigned = folder.ReadAgent(agent.Name)?.Server }, null);
        }
        catch (ToolException fault)
        {
            return (grant, fault.Message);
        }
    }

    void RequireStartable(ToolGrant grant, string actionId)
    {
        if (options.NoRunner && ToolCatalog.ServerOf(grant, actionId) is { Kind: ToolServerKind.Stdio } program)
        {
            throw new ProductException(ErrorCode.Conflict, $"the tool server '{program.Key}' is a program: {ToolServices.NoRunner}", "no_runner");
        }
    }

    static ProductException NoSuchAction(AgentView agent, string actionId) =>
        new(ErrorCode.NotFound, $"the agent '{agent.Name}' has no action '{actionId}'; GET /agents/{agent.Name}/actions lists those that it has");
}
