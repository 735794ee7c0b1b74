using System.Text.Json;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Skills;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Skills;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Tools;

namespace AgentOrchestrator.Server.Skills;

/// <summary>The skills of agents: those that an agent's definition names, run with its own tools and no others, here or at <c>SKILLS_URL</c>.</summary>
sealed class AgentSkills(SkillCatalog skills, SkillRunner runner, AgentTools tools, RemoteSkills remote, SkillFolders folders,
    SkillExecutions executions, IRunStore runs, TimeProvider time)
{
    /// <summary>The newest versions of those that it may run; one that is gone is left out.</summary>
    public async Task<IReadOnlyList<SkillView>> ListAsync(string org, AgentView agent, CancellationToken cancel)
    {
        if (agent is not { Skills.Count: > 0, Status: AgentStatuses.Active }) { return []; }

        return Among(await ListAsync(org, cancel), agent);
    }

    /// <summary>All of the org.</summary>
    public Task<IReadOnlyList<SkillView>> ListAsync(string org, CancellationToken cancel) => skills.ListAsync(org, cancel);

    /// <summary>Those that the agent may run.</summary>
    public static IReadOnlyList<SkillView> Among(IReadOnlyList<SkillView> known, AgentView agent) =>
        agent.Status == AgentStatuses.Active ? [.. known.Where(skill => IsAllowed(agent, skill.Name))] : [];

    /// <summary>Those that are folders; they are the default org's.</summary>
    public IReadOnlyList<SkillFolderView> Folders(string org) => org == CoordinatorOptions.DefaultOrg ? folders.List() : [];

    /// <summary>The folders that it may read. What is kept as steps goes before a folder of the same name.</summary>
    public IReadOnlyList<SkillFolderView> FoldersOf(string org, AgentView agent, IReadOnlyList<SkillView> kept) =>
        agent is not { Skills.Count: > 0, Status: AgentStatuses.Active } ? []
            : [.. Folders(org).Where(folder => folder.Error is null && IsAllowed(agent, folder.Name) && !kept.Any(skill => skill.Name.Equals(folder.Name, StringComparison.OrdinalIgnoreCase)))];

    /// <exception cref="ProductException">As <see cref="SkillFolders.Read"/>.</exception>
    public string ReadFolder(string org, string name, string? file) => org == CoordinatorOptions.DefaultOrg
        ? folders.Read(name, file)
        : throw new ProductException(ErrorCode.NotFound, "Skill not found");

    /// <summary>The agent whose tools a caller means; a run's own where it names none.</summary>
    /// <exception cref="ProductException">NotFound; Forbidden for a run of another agent; Invalid where nobody is named.</exception>
    public async Task<AgentView> RequireAgentAsync(Principal caller, string? name, CancellationToken cancel)
    {
        if (name is null && caller.RunId is { } runId) { name = (await runs.FindAsync(caller.Org, runId, cancel))?.AgentName; }

        return name is not null
            ? await tools.RequireAsync(caller, name, cancel)
            : throw new ProductException(ErrorCode.Invalid, "agent_name must say whose tools the skill is run with");
    }

    /// <exception cref="ProductException">Forbidden for a skill that the agent was not given; Conflict for one that is off; NotFound; Invalid for its input.</exception>
    public async Task<SkillExecution> ExecuteAsync(
        Principal caller, AgentView agent, string name, long? version, JsonElement? input, CancellationToken cancel)
    {
        if (!IsAllowed(agent, name))
        {
            throw new ProductException(ErrorCode.Forbidden, $"the agent '{agent.Name}' may not use that skill: its skills do not name it", "skill_not_allowed");
        }

        if (agent.Status != AgentStatuses.Active) { throw new ProductException(ErrorCode.Conflict, $"the agent '{agent.Name}' is inactive", "agent_disabled"); }
        if (version is null && await FindFolderAsync(caller.Org, agent, name, cancel) is { } folder) { return Load(caller.Org, agent, folder, input); }

        var startedAt = time.GetUtcNow();
        var done = remote.IsUsed
            ? await remote.ExecuteAsync(caller, agent, name, version, input, cancel)
            : await runner.RunAsync(await skills.GetAsync(caller.Org, name, version, cancel), agent.Name, input, new StepTools(tools, caller, agent), cancel);
        await executions.NoteAsync(caller, done, startedAt);
        return done;
    }

    async Task<SkillFolderView?> FindFolderAsync(string org, AgentView agent, string name, CancellationToken cancel) =>
        FoldersOf(org, agent, await ListAsync(org, agent, cancel)).FirstOrDefault(folder => folder.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    // What a folder says is read, and that is all.
    SkillExecution Load(string org, AgentView agent, SkillFolderView folder, JsonElement? input)
    {
        var file = input is { ValueKind: JsonValueKind.Object } given && given.TryGetProperty("file", out var path) && path.ValueKind == JsonValueKind.String ? path.GetString() : null;
        return new SkillExecution
        {
            ExecutionId = Ids.New("exec_", 12),
            Skill = folder.Name,
            AgentName = agent.Name,
            Status = SkillExecution.Completed,
            Input = input,
            Output = JsonElement.Parse($"\"{JsonEncodedText.Encode(ReadFolder(org, folder.Name, file))}\""),
            StepResults = [],
        };
    }

    static bool IsAllowed(AgentView agent, string skill) => agent.Skills?.Contains(skill, StringComparer.OrdinalIgnoreCase) is true;
}
