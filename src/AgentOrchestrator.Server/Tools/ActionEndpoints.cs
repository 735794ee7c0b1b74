using System.Text.Json;
using AgentOrchestrator.Coordinator.Tools;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Tools;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Audit;
using AgentOrchestrator.Server.Http;
using AgentOrchestrator.Server.Skills;
using AgentOrchestrator.Tools;

namespace AgentOrchestrator.Server.Tools;

/// <summary>What agents may call, and the calls.</summary>
static class ActionEndpoints
{
    const int DefaultLimit = 100;

    public static void MapActions(this IEndpointRouteBuilder app)
    {
        var actions = app.MapGroup("/agents/{name}/actions").RefusesWithOk();
        actions.MapGet("", List).Require(Role.Viewer, Role.Agent).WithSummary("What an agent may call; a run sees its own agent's alone.");
        actions.MapPost("/execute", Execute).Takes<ExecuteAction>().Require(Role.Operator, Role.Agent)
            .WithSummary("Calls an action once; a run calls its own agent's alone. What goes wrong in the call is told in the result's error.");
        actions.MapPost("/refresh", Refresh).Require(Role.Operator).WithSummary("Has the agent's servers asked anew for their actions.");

        var all = app.MapGroup("/actions").RefusesWithOk();
        all.MapGet("/all", ListAll).Require(Role.Viewer, Role.Agent).WithSummary("The actions of all agents; a run sees its own agent's alone.");
        all.MapGet("/search", Search).Require(Role.Viewer, Role.Agent)
            .WithSummary("Actions by a part of their name, their description or their agent's name; a run searches its own agent's alone.");
        all.MapGet("/usage", ListCalls).Require(Role.Viewer).WithSummary("Which actions were called, newest first; a page with limit and before.");
        all.MapGet("/changes", ListChanges).Require(Role.Owner).WithSummary("Tools that describe themselves otherwise than they did, and are off.");
        all.MapPost("/accept", Accept).Takes<AcceptAction>().Require(Role.Owner).WithSummary("Has a changed tool used, as it was shown.");
        all.MapPost("/reload", Reload).Require(Role.Operator).WithSummary("Has all servers asked anew for their actions.");
    }

    static async Task<Answer<AgentActions>> List(string name, Principal caller, AgentTools tools, SkillActions skills, CancellationToken cancel)
    {
        var agent = await tools.RequireAsync(caller, name, cancel);
        var listed = await tools.ListAsync(caller.Org, agent, cancel);
        return Answer.Of(
            listed with { Actions = [.. listed.Actions, .. await skills.ListAsync(caller.Org, agent, cancel)] }, ProtocolJson.Default.AgentActions);
    }

    static async Task<Answer<ActionResult>> Execute(
        string name, HttpRequest request, Principal caller, AgentTools tools, SkillActions skills, CancellationToken cancel)
    {
        var asked = await request.ReadAsync(ProtocolJson.Default.ExecuteAction, cancel);
        var agent = await tools.RequireAsync(caller, name, cancel);
        var id = RequireId(asked.ActionId);
        request.HttpContext.Concerns($"{agent.Name} {id}");
        var parameters = RequireObject(asked.Parameters);
        var result = SkillActions.NameOf(id) is { } skill
            ? await skills.ExecuteAsync(caller, agent, skill, parameters, cancel)
            : await tools.ExecuteAsync(caller, agent, id, parameters, cancel);
        return Answer.Of(result, ProtocolJson.Default.ActionResult);
    }

    static async Task<Answer<ActionServerChanged>> Refresh(string name, Principal caller, AgentTools tools, CancellationToken cancel)
    {
        var agent = await tools.RequireAsync(caller, name, cancel);
        return Answer.Of(await tools.RefreshAsync(caller.Org, agent, cancel), ProtocolJson.Default.ActionServerChanged);
    }

    static async Task<Answer<AllActions>> ListAll(Principal caller, AgentTools tools, SkillActions skills, CancellationToken cancel)
    {
        var all = await tools.ListAllAsync(caller, cancel);
        var more = await skills.ListAsync(caller.Org, await tools.SeenByAsync(caller, cancel), cancel);
        return Answer.Of(all with { TotalActions = all.TotalActions + more.Count, Actions = [.. all.Actions, .. more] }, ProtocolJson.Default.AllActions);
    }

    static async Task<Answer<ActionSearch>> Search(HttpRequest request, Principal caller, AgentTools tools, SkillActions skills, CancellationToken cancel)
    {
        var query = request.ReadWord("query") ?? throw new ProductException(ErrorCode.Malformed, "query must say what to look for");
        var found = await tools.SearchAsync(caller, query, cancel);
        var more = ShownAction.Matching(await skills.ListAsync(caller.Org, await tools.SeenByAsync(caller, cancel), cancel), query);
        var matches = found.Matches.Concat(more).OrderByDescending(match => match.Relevance == ShownAction.High).ToList();
        return Answer.Of(found with { TotalMatches = matches.Count, Matches = matches }, ProtocolJson.Default.ActionSearch);
    }

    static Answer<ActionServerChanged> Reload(AgentTools tools) => Answer.Of(tools.Reload(), ProtocolJson.Default.ActionServerChanged);

    static async Task<Answer<ActionUsage>> ListCalls(HttpRequest request, Principal caller, IToolStore store, CancellationToken cancel)
    {
        var limit = request.ReadLimit() ?? DefaultLimit;
        var filter = new ToolCallFilter(request.ReadWord("agent_name"), request.ReadWord("run_id"), request.ReadWord("server"));
        var calls = await store.ListCallsAsync(caller.Org, filter, request.ReadBefore(), limit, cancel);
        return Answer.Of(new ActionUsage([.. calls.Select(ShownAction.Of)], calls.Count == limit ? calls[^1].Seq : null), ProtocolJson.Default.ActionUsage);
    }

    static async Task<Answer<ActionChanges>> ListChanges(ToolPins pins, PinKeeping keeping, CancellationToken cancel)
    {
        await keeping.LoadAsync(cancel);
        return Answer.Of(new ActionChanges([.. pins.Changes.Select(ShownAction.Of)]), ProtocolJson.Default.ActionChanges);
    }

    static async Task<Answer<ActionServerChanged>> Accept(HttpRequest request, Principal caller, PinKeeping keeping, CancellationToken cancel)
    {
        var asked = await request.ReadAsync(ProtocolJson.Default.AcceptAction, cancel);
        if (asked is not { Server: { } server, Tool: { } tool, Digest: { } digest })
        {
            throw new ProductException(ErrorCode.Invalid, "server, tool and digest must be given, as GET /actions/changes shows them");
        }

        request.HttpContext.Concerns($"{server} {tool}");
        await keeping.AcceptAsync(server, tool, digest, caller.Actor, cancel);
        return Answer.Of(
            new ActionServerChanged { Message = $"The tool '{tool}' of '{server}' is used as it describes itself now.", Note = "It holds from the next call on." },
            ProtocolJson.Default.ActionServerChanged);
    }

    static string RequireId(string? id) =>
        id is { Length: > 0 and <= 200 } ? id : throw new ProductException(ErrorCode.Invalid, "action_id must be the id of an action");

    static JsonElement? RequireObject(JsonElement? parameters) => parameters is null or { ValueKind: JsonValueKind.Object }
        ? parameters
        : throw new ProductException(ErrorCode.Invalid, "parameters must be an object");
}
