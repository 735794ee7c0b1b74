using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Coordinator.Agents.Runbooks;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Audit;
using AgentOrchestrator.Server.Http;

namespace AgentOrchestrator.Server.Agents;

/// <summary>What agents are for, and who can be spoken to.</summary>
static class RunbookEndpoints
{
    public static void MapRunbooks(this IEndpointRouteBuilder app)
    {
        var agents = app.MapGroup("/agents").RefusesWithOk();
        agents.MapGet("/runbooks", List).Require(Role.Viewer, Role.Agent).WithSummary("All runbooks, also of agents that are gone.");
        agents.MapGet("/runbooks/{name}", Show).Require(Role.Viewer, Role.Agent).WithSummary("One runbook.");
        agents.MapPost("/runbooks", Save).Takes<Runbook>().Require(Role.Owner).ActsOnFiles()
            .WithSummary("Writes a runbook; sections of its file that it does not name stay.");
        agents.MapGet("/capabilities", ListCapabilities).Require(Role.Viewer, Role.Agent).WithSummary("What agents can do, one line for each thing.");
        agents.MapGet("/available", ListNames).Require(Role.Viewer, Role.Agent).WithSummary("The names of all agents that can be used, in order.");
    }

    static Answer<IReadOnlyList<Runbook>> List(Principal caller, RunbookFolder runbooks) =>
        Answer.Of(Of(caller, runbooks), ProtocolJson.Default.IReadOnlyListRunbook);

    static Answer<Runbook> Show(string name, Principal caller, RunbookFolder runbooks) => Answer.Of(
        (caller.Org == CoordinatorOptions.DefaultOrg ? runbooks.Find(name) : null)
            ?? throw new ProductException(ErrorCode.NotFound, $"Runbook not found: {name[..Math.Min(name.Length, Names.MaxLength)]}"),
        ProtocolJson.Default.Runbook);

    static async Task<Answer<Runbook>> Save(HttpRequest request, Principal caller, RunbookFolder runbooks, CancellationToken cancel)
    {
        var book = await request.ReadAsync(ProtocolJson.Default.Runbook, cancel);
        if (caller.Org != CoordinatorOptions.DefaultOrg) { throw new ProductException(ErrorCode.NotPossible, "Runbooks are files of the default org"); }

        var saved = runbooks.Save(book);
        request.HttpContext.Concerns(saved.AgentName!);
        return Answer.Of(saved, ProtocolJson.Default.Runbook);
    }

    static Answer<IReadOnlyList<AgentCapability>> ListCapabilities(Principal caller, RunbookFolder runbooks) => Answer.Of<IReadOnlyList<AgentCapability>>(
        [.. Of(caller, runbooks).SelectMany(book => book.Capabilities!.Select(one => new AgentCapability(book.AgentName!, one.Name!)))],
        ProtocolJson.Default.IReadOnlyListAgentCapability);

    static async Task<Answer<IReadOnlyList<string>>> ListNames(Principal caller, AgentCatalog agents, CancellationToken cancel)
    {
        var all = await agents.ListAsync(caller.Org, [], cancel);
        return Answer.Of<IReadOnlyList<string>>(
            [.. all.Where(agent => agent.Error is null).Select(agent => agent.Name).Order(StringComparer.Ordinal)], ProtocolJson.Default.IReadOnlyListString);
    }

    // The files are the default org's.
    static IReadOnlyList<Runbook> Of(Principal caller, RunbookFolder runbooks) => caller.Org == CoordinatorOptions.DefaultOrg ? runbooks.List() : [];
}
