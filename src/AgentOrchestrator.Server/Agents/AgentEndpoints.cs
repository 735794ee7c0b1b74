using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Coordinator.Audit;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Audit;
using AgentOrchestrator.Server.Http;
using AgentOrchestrator.Tools.Servers;

namespace AgentOrchestrator.Server.Agents;

static class AgentEndpoints
{
    public static void MapAgents(this IEndpointRouteBuilder app)
    {
        var agents = app.MapGroup("/agents");
        agents.MapGet("", ListAgents).Require(Role.Viewer, Role.Runner, Role.Agent)
            .WithSummary("All agents by name, inactive and failed ones too; with tags=a,b those that have every tag.");
        agents.MapGet("/{name}", ShowAgent).Require(Role.Viewer, Role.Runner, Role.Agent).WithSummary("One agent.");

        // A definition names commands that runners start, so only owners write one.
        agents.MapPost("", CreateAgent).Takes<WriteAgent>().Answers<AgentView>(StatusCodes.Status201Created).Require(Role.Owner).ActsOnFiles()
            .WithSummary("Adds an agent.");
        agents.MapPatch("/{name}", PatchAgent).Takes<WriteAgent>().Require(Role.Owner).ActsOnFiles()
            .WithSummary("Changes an agent: a missing or null member stays as it is, an empty one is removed.");
        agents.MapDelete("/{name}", DeleteAgent).AnswersNothing().Require(Role.Owner).ActsOnFiles().WithSummary("Removes an agent with its folder.");
        agents.MapPatch("/{name}/status", SetStatus).Takes<SetAgentStatus>().Require(Role.Operator).ActsOnFiles()
            .WithSummary("Makes an agent active or inactive.");
        agents.MapPost("/{name}/release", ReleaseAgent).Require(Role.Operator)
            .WithSummary("Lets the queued runs of an agent go that is in quarantine because it failed again and again.");
    }

    static async Task<Answer<IReadOnlyList<AgentView>>> ListAgents(
        AgentCatalog catalog, Principal caller, string? tags, CancellationToken cancel)
    {
        var wanted = tags?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        var agents = await catalog.ListAsync(caller.Org, wanted, cancel);
        return Answer.Of<IReadOnlyList<AgentView>>([.. agents.Select(agent => ShownAgent.To(caller, agent))], ProtocolJson.Default.IReadOnlyListAgentView);
    }

    static async Task<Answer<AgentView>> ShowAgent(AgentCatalog catalog, Principal caller, string name, CancellationToken cancel) =>
        Answer.Of(ShownAgent.To(caller, await catalog.ShowAsync(caller.Org, name, cancel)), ProtocolJson.Default.AgentView);

    static async Task<Answer<AgentView>> CreateAgent(AgentCatalog catalog, Principal caller, HttpRequest request, CancellationToken cancel)
    {
        var definition = await request.ReadAsync(ProtocolJson.Default.WriteAgent, cancel);
        AuditIntent.Makes(AuditNoun.Agent, definition.Name ?? "");
        var agent = await catalog.CreateAsync(caller.Org, definition, cancel);
        return Answer.Of(agent, ProtocolJson.Default.AgentView, StatusCodes.Status201Created);
    }

    static async Task<Answer<AgentView>> PatchAgent(
        AgentCatalog catalog, Principal caller, string name, HttpRequest request, CancellationToken cancel)
    {
        var changes = await request.ReadAsync(ProtocolJson.Default.WriteAgent, cancel);
        return Answer.Of(await catalog.PatchAsync(caller.Org, name, changes, cancel), ProtocolJson.Default.AgentView);
    }

    static async Task<Answer<AgentView>> ReleaseAgent(AgentCatalog catalog, Principal caller, string name, CancellationToken cancel) =>
        Answer.Of(ShownAgent.To(caller, await catalog.ReleaseAsync(caller.Org, name, cancel)), ProtocolJson.Default.AgentView);

    static async Task<IResult> DeleteAgent(
        AgentCatalog catalog, AgentLifecycle lifecycle, ToolFolder tools, Principal caller, string name, CancellationToken cancel)
    {
        lifecycle.RequireDeletable(name);
        var agent = await catalog.GetAsync(caller.Org, name, cancel);
        await catalog.DeleteAsync(caller.Org, name, cancel);
        if (caller.Org == CoordinatorOptions.DefaultOrg) { tools.Forget(agent.Name); }
        return Results.NoContent();
    }

    static async Task<Answer<AgentView>> SetStatus(
        AgentCatalog catalog, Principal caller, string name, HttpRequest request, CancellationToken cancel)
    {
        var asked = await request.ReadAsync(ProtocolJson.Default.SetAgentStatus, cancel);
        var agent = await catalog.SetStatusAsync(caller.Org, name, asked.Status, cancel);
        return Answer.Of(ShownAgent.To(caller, agent), ProtocolJson.Default.AgentView);
    }
}
