using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Tools;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Audit;
using AgentOrchestrator.Server.Http;

namespace AgentOrchestrator.Server.Tools;

/// <summary>Which tool servers there are, and who has which.</summary>
static class ActionServerEndpoints
{
    public static void MapActionServers(this IEndpointRouteBuilder app)
    {
        var servers = app.MapGroup("/action-servers").RefusesWithOk();
        servers.MapGet("/available", List).Require(Role.Viewer).WithSummary("The servers that an agent can be assigned.");

        // A server is power over what it reaches, so only owners give it.
        var agents = app.MapGroup("/agents").RefusesWithOk();
        agents.MapPost("/assign-action-server", Assign).Takes<AssignServer>().Require(Role.Owner).ActsOnFiles()
            .WithSummary("Gives an agent a server in place of the one that it had.");
        agents.MapPost("/remove-action-server", Remove).Takes<RemoveServer>().Require(Role.Owner).ActsOnFiles().WithSummary("Takes an agent's server away.");
    }

    static Answer<ActionServers> List(Principal caller, ServerAssignments servers) => Answer.Of(servers.List(caller.Org, caller.Role is Role.Owner), ProtocolJson.Default.ActionServers);

    static async Task<Answer<ActionServerChanged>> Assign(HttpRequest request, Principal caller, ServerAssignments servers, CancellationToken cancel)
    {
        var asked = await request.ReadAsync(ProtocolJson.Default.AssignServer, cancel);
        var (agent, server) = (RequireName(asked.AgentName, "agent_name"), RequireName(asked.ActionServer, "action_server"));
        request.HttpContext.Concerns($"{agent} {server}");
        return Answer.Of(await servers.AssignAsync(caller.Org, agent, server, cancel), ProtocolJson.Default.ActionServerChanged);
    }

    static async Task<Answer<ActionServerChanged>> Remove(HttpRequest request, Principal caller, ServerAssignments servers, CancellationToken cancel)
    {
        var asked = await request.ReadAsync(ProtocolJson.Default.RemoveServer, cancel);
        var agent = RequireName(asked.AgentName, "agent_name");
        request.HttpContext.Concerns(agent);
        return Answer.Of(await servers.RemoveAsync(caller.Org, agent, cancel), ProtocolJson.Default.ActionServerChanged);
    }

    static string RequireName(string? name, string member) =>
        name is { Length: > 0 and <= 200 } ? name : throw new ProductException(ErrorCode.Invalid, $"{member} must be given");
}
