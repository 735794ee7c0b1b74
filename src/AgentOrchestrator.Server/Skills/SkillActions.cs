using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Skills;
using AgentOrchestrator.Protocol.Tools;
using AgentOrchestrator.Server.Access;

namespace AgentOrchestrator.Server.Skills;

/// <summary>Skills as actions of their agents, beside its tools.</summary>
sealed class SkillActions(AgentSkills skills)
{
    const string Prefix = "skill__";
    const string Server = "skills";

    static readonly JsonElement s_file = JsonElement.Parse(
        """{"type":"object","properties":{"file":{"type":"string","description":"A file that the skill names; the skill itself when left out"}}}""");

    static readonly JsonElement s_anything = JsonElement.Parse("""{"type":"object"}""");

    /// <summary>The name of the skill that an action is; null for any other action.</summary>
    public static string? NameOf(string actionId) => actionId.StartsWith(Prefix, StringComparison.Ordinal) ? actionId[Prefix.Length..] : null;

    public async Task<IReadOnlyList<ActionView>> ListAsync(string org, AgentView agent, CancellationToken cancel) =>
        ActionsOf(org, agent, await skills.ListAsync(org, agent, cancel));

    /// <summary>Those of several agents, in their order.</summary>
    public async Task<IReadOnlyList<AgentActionView>> ListAsync(string org, IReadOnlyList<AgentView> agents, CancellationToken cancel)
    {
        var having = agents.Where(agent => agent.Skills is { Count: > 0 }).ToList();
        if (having.Count == 0) { return []; }

        var known = await skills.ListAsync(org, cancel);
        return
        [
            .. from agent in having
               from action in ActionsOf(org, agent, AgentSkills.Among(known, agent))
               select new AgentActionView { AgentName = agent.Name, AgentRole = agent.Description, Action = action },
        ];
    }

    /// <exception cref="ProductException">As <see cref="AgentSkills.ExecuteAsync"/>, but for an input that does not fit, which is told in the result.</exception>
    public async Task<ActionResult> ExecuteAsync(Principal caller, AgentView agent, string name, JsonElement? parameters, CancellationToken cancel)
    {
        try
        {
            return ResultOf(await skills.ExecuteAsync(caller, agent, name, version: null, parameters, cancel));
        }
        catch (ProductException refusal) when (refusal.Code is ErrorCode.Invalid || (refusal.Code is ErrorCode.NotFound && parameters is not null))
        {
            return new ActionResult
            {
                AgentName = agent.Name,
                ActionId = Prefix + name,
                ActionName = name,
                Error = refusal.Message,
                Outcome = "refused",
                Server = Server,
                Untrusted = false,
                DurationMs = 0,
            };
        }
    }

    IReadOnlyList<ActionView> ActionsOf(string org, AgentView agent, IReadOnlyList<SkillView> kept) =>
        [.. kept.Select(ActionOf), .. skills.FoldersOf(org, agent, kept).Select(ActionOf)];

    static ActionResult ResultOf(SkillExecution done) => new()
    {
        AgentName = done.AgentName,
        ActionId = Prefix + done.Skill,
        ActionName = done.Skill,
        Result = done.Status == SkillExecution.Completed ? done.Output : null,
        Error = done.Status == SkillExecution.Completed ? null : done.Error,
        Outcome = done.Status == SkillExecution.Completed ? "ok" : "failed",
        Server = Server,
        Untrusted = true,
        DurationMs = done.DurationMs,
    };

    static ActionView ActionOf(SkillView skill) =>
        ActionOf(skill.Name, skill.Description, skill.InputSchema is { ValueKind: JsonValueKind.Object } schema ? schema : s_anything, isIdempotent: false);

    static ActionView ActionOf(SkillFolderView skill) => ActionOf(skill.Name, skill.Description, s_file, isIdempotent: true);

    static ActionView ActionOf(string name, string description, JsonElement schema, bool isIdempotent) => new()
    {
        Id = Prefix + name,
        Name = name,
        Description = description,
        Endpoint = "",
        Method = "CALL",
        Parameters = [],
        Enabled = true,
        Server = Server,
        InputSchema = schema,
        Idempotent = isIdempotent,
        Kind = ActionView.Skill,
    };
}
