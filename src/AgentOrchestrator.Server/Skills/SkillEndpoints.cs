using AgentOrchestrator.Coordinator.Skills;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Skills;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Audit;
using AgentOrchestrator.Server.Http;

namespace AgentOrchestrator.Server.Skills;

static class SkillEndpoints
{
    const int DefaultLimit = 100;

    public static void MapSkills(this IEndpointRouteBuilder app)
    {
        var skills = app.MapGroup("/skills").WithTags("skills");
        skills.MapGet("", List).Require(Role.Viewer, Role.Runner, Role.Agent).WithSummary("All skills by name, each in its newest version.");
        skills.MapGet("/executions", ListExecutions).Require(Role.Viewer).WithSummary("Which skills were run, newest first; a page with limit and before.");
        skills.MapGet("/executions/{id}", ShowExecution).Require(Role.Viewer).WithSummary("What came of one run of a skill, step by step.");
        skills.MapGet("/{name}", Show).Require(Role.Viewer, Role.Runner, Role.Agent).WithSummary("One skill; with version=N as it was in that version.");

        skills.MapGet("/{name}/text", Read).Require(Role.Viewer, Role.Agent)
            .WithSummary("What a model reads of a skill that is a folder: SKILL.md without its head, or with file=PATH another file of the folder.");
        skills.MapPost("/{name}/execute", Execute).Takes<ExecuteSkill>().Require(Role.Operator, Role.Agent)
            .WithSummary("Runs a skill with the tools of an agent that names it; a run with its own agent's. The first error ends it, and is told in the answer.");

        // What a skill says, agents do, so only owners write one.
        skills.MapPut("/{name}", Save).Takes<WriteSkill>().Require(Role.Owner)
            .WithSummary("Keeps a skill: a definition that differs from the newest becomes the next version.");
        skills.MapDelete("/{name}", Delete).AnswersNothing().Require(Role.Owner).WithSummary("Removes a skill; its versions can still be read by their numbers.");
    }

    static async Task<Answer<SkillList>> List(SkillCatalog catalog, AgentSkills skills, Principal caller, CancellationToken cancel) =>
        Answer.Of(new SkillList(await catalog.ListAsync(caller.Org, cancel), skills.Folders(caller.Org)), ProtocolJson.Default.SkillList);

    static Answer<SkillText> Read(AgentSkills skills, Principal caller, string name, string? file) =>
        Answer.Of(new SkillText(name, file ?? SkillFolders.Main, skills.ReadFolder(caller.Org, name, file)), ProtocolJson.Default.SkillText);

    static async Task<Answer<SkillView>> Show(SkillCatalog catalog, Principal caller, string name, long? version, CancellationToken cancel) =>
        Answer.Of(await catalog.GetAsync(caller.Org, name, version, cancel), ProtocolJson.Default.SkillView);

    static async Task<Answer<SkillExecutionList>> ListExecutions(HttpRequest request, Principal caller, SkillExecutions executions, CancellationToken cancel)
    {
        var filter = new SkillExecutionFilter(request.ReadWord("skill"), request.ReadWord("agent_name"), request.ReadWord("run_id"));
        return Answer.Of(
            await executions.ListAsync(caller.Org, filter, request.ReadBefore(), request.ReadLimit() ?? DefaultLimit, cancel), ProtocolJson.Default.SkillExecutionList);
    }

    static async Task<Answer<SkillExecutionView>> ShowExecution(SkillExecutions executions, Principal caller, string id, CancellationToken cancel) =>
        Answer.Of(await executions.GetAsync(caller.Org, id, cancel), ProtocolJson.Default.SkillExecutionView);

    static async Task<Answer<SkillExecution>> Execute(AgentSkills skills, Principal caller, string name, HttpRequest request, CancellationToken cancel)
    {
        var asked = await request.ReadAsync(ProtocolJson.Default.ExecuteSkill, cancel);
        var agent = await skills.RequireAgentAsync(caller, asked.AgentName, cancel);
        request.HttpContext.Concerns($"{name} {agent.Name}");
        return Answer.Of(await skills.ExecuteAsync(caller, agent, name, asked.Version, asked.Input, cancel), ProtocolJson.Default.SkillExecution);
    }

    static async Task<Answer<SkillView>> Save(SkillCatalog catalog, Principal caller, string name, HttpRequest request, CancellationToken cancel)
    {
        var skill = await request.ReadAsync(ProtocolJson.Default.WriteSkill, cancel);
        return Answer.Of(await catalog.SaveAsync(caller.Org, name, skill, cancel), ProtocolJson.Default.SkillView);
    }

    static async Task<IResult> Delete(SkillCatalog catalog, Principal caller, string name, CancellationToken cancel)
    {
        await catalog.DeleteAsync(caller.Org, name, cancel);
        return Results.NoContent();
    }
}
