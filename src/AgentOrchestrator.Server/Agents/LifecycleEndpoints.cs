using AgentOrchestrator.Coordinator.Audit;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Audit;
using AgentOrchestrator.Server.Http;

namespace AgentOrchestrator.Server.Agents;

/// <summary>Agents that are started, stopped, created and deleted by name, as older clients do it.</summary>
static class LifecycleEndpoints
{
    public static void MapAgentLifecycle(this IEndpointRouteBuilder app)
    {
        var agents = app.MapGroup("/agents").RefusesWithOk();
        agents.MapPost("/start", Start).Takes<NameAgent>().Require(Role.Operator).ActsOnFiles()
            .WithSummary("Starts an agent: it is active and listens. One of which there is a runbook alone is made from it.");
        agents.MapPost("/stop", Stop).Takes<NameAgent>().Require(Role.Operator).ActsOnFiles().WithoutLimit()
            .WithSummary("Stops an agent and every run of it that has not ended.");
        agents.MapPost("/{name}/stop", StopOne).Require(Role.Operator).ActsOnFiles().WithoutLimit().WithSummary("The same, by path.");

        // What is created here is run, and what is deleted is gone, so only owners do it.
        agents.MapPost("/create", Create).Takes<FoundAgent>().Require(Role.Owner).ActsOnFiles()
            .WithSummary("Makes an agent from its role and what it can do: writes its runbook, assigns its tool server, starts it.");
        agents.MapPost("/delete", Delete).Takes<RemoveAgent>().Require(Role.Owner).ActsOnFiles()
            .WithSummary("Stops and removes an agent, and its runbook if asked; never the default agent.");
    }

    static async Task<Answer<AgentChanged>> Start(HttpRequest request, Principal caller, AgentLifecycle lifecycle, CancellationToken cancel)
    {
        var name = Noted(request, (await request.ReadAsync(ProtocolJson.Default.NameAgent, cancel)).Name);
        return Answer.Of(await lifecycle.StartAsync(caller, name, cancel), ProtocolJson.Default.AgentChanged);
    }

    static async Task<Answer<AgentChanged>> Stop(HttpRequest request, Principal caller, AgentLifecycle lifecycle, CancellationToken cancel)
    {
        var name = Noted(request, (await request.ReadAsync(ProtocolJson.Default.NameAgent, cancel)).Name);
        return Answer.Of(await lifecycle.StopAsync(caller, name, cancel), ProtocolJson.Default.AgentChanged);
    }

    static async Task<Answer<AgentChanged>> StopOne(string name, Principal caller, AgentLifecycle lifecycle, CancellationToken cancel) =>
        Answer.Of(await lifecycle.StopAsync(caller, name, cancel), ProtocolJson.Default.AgentChanged);

    static async Task<Answer<AgentChanged>> Create(HttpRequest request, Principal caller, AgentLifecycle lifecycle, CancellationToken cancel)
    {
        var asked = await request.ReadAsync(ProtocolJson.Default.FoundAgent, cancel);
        Noted(request, asked.Name);
        return Answer.Of(await lifecycle.CreateAsync(caller, asked, cancel), ProtocolJson.Default.AgentChanged);
    }

    static async Task<Answer<AgentChanged>> Delete(HttpRequest request, Principal caller, AgentLifecycle lifecycle, CancellationToken cancel)
    {
        var asked = await request.ReadAsync(ProtocolJson.Default.RemoveAgent, cancel);
        var name = Noted(request, asked.Name);
        return Answer.Of(await lifecycle.DeleteAsync(caller, name, asked.RemoveRunbook ?? false, cancel), ProtocolJson.Default.AgentChanged);
    }

    static string Noted(HttpRequest request, string? name)
    {
        if (string.IsNullOrWhiteSpace(name)) { throw new ProductException(ErrorCode.Invalid, "name must be the name of an agent"); }

        var shown = name[..Math.Min(name.Length, Names.MaxLength)];
        request.HttpContext.Concerns(shown);
        AuditIntent.Makes(AuditNoun.Agent, shown);
        return name;
    }
}
