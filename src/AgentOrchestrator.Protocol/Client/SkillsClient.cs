using System.Globalization;
using System.Text.Json;
using AgentOrchestrator.Protocol.Client.Transport;
using AgentOrchestrator.Protocol.Skills;

namespace AgentOrchestrator.Protocol.Client;

/// <summary>Skills, and their runs.</summary>
public readonly struct SkillsClient
{
    // A server bounds each skill itself.
    static readonly TimeSpan s_longestRun = TimeSpan.FromMinutes(15);

    readonly Caller _caller;

    internal SkillsClient(Caller caller) => _caller = caller;

    /// <summary>The newest version of each, by name.</summary>
    public Task<SkillList> ListAsync(CancellationToken cancel = default) => _caller.GetAsync("/skills", ProtocolJson.Default.SkillList, cancel);

    /// <param name="version">The newest when null.</param>
    public Task<SkillView> GetAsync(string name, long? version = null, CancellationToken cancel = default) => _caller.GetAsync(
        version is { } number ? $"{PathOf(name)}?version={number.ToString(CultureInfo.InvariantCulture)}" : PathOf(name),
        ProtocolJson.Default.SkillView,
        cancel);

    /// <summary>What a model reads of a skill that is a folder.</summary>
    /// <param name="file">A path inside the folder; <c>SKILL.md</c> when null.</param>
    public Task<SkillText> ReadAsync(string name, string? file = null, CancellationToken cancel = default) => _caller.GetAsync(
        file is null ? $"{PathOf(name)}/text" : $"{PathOf(name)}/text?file={Uri.EscapeDataString(file)}", ProtocolJson.Default.SkillText, cancel);

    /// <summary>Keeps a definition: the next version when it differs from the newest, else the newest.</summary>
    public Task<SkillView> SaveAsync(string name, WriteSkill skill, CancellationToken cancel = default) => _caller.SendAsync(
        new Request("PUT", PathOf(name), JsonSerializer.SerializeToUtf8Bytes(skill, ProtocolJson.Default.WriteSkill)), ProtocolJson.Default.SkillView, cancel);

    public Task DeleteAsync(string name, CancellationToken cancel = default) => _caller.SendAsync(new Request("DELETE", PathOf(name)), cancel);

    /// <summary>Runs a skill once. A step that fails is told in the answer.</summary>
    /// <exception cref="ProductException">Forbidden for a skill that the agent was not given.</exception>
    public Task<SkillExecution> ExecuteAsync(string name, ExecuteSkill asked, CancellationToken cancel = default) => _caller.SendAsync(
        new Request("POST", PathOf(name) + "/execute", JsonSerializer.SerializeToUtf8Bytes(asked, ProtocolJson.Default.ExecuteSkill)) { Patience = s_longestRun },
        ProtocolJson.Default.SkillExecution,
        cancel);

    /// <summary>Runs of skills that have ended, newest first.</summary>
    public Task<SkillExecutionList> ListExecutionsAsync(
        int limit, string? skill = null, string? agent = null, long? before = null, CancellationToken cancel = default) => _caller.GetAsync(
        string.Create(CultureInfo.InvariantCulture, $"/skills/executions?limit={limit}") + (skill is null ? "" : $"&skill={Uri.EscapeDataString(skill)}")
        + (agent is null ? "" : $"&agent_name={Uri.EscapeDataString(agent)}") + (before is { } seq ? string.Create(CultureInfo.InvariantCulture, $"&before={seq}") : ""),
        ProtocolJson.Default.SkillExecutionList,
        cancel);

    /// <summary>One of them, with input, output and steps.</summary>
    public Task<SkillExecutionView> GetExecutionAsync(string executionId, CancellationToken cancel = default) =>
        _caller.GetAsync($"/skills/executions/{PathSegment.Of(executionId)}", ProtocolJson.Default.SkillExecutionView, cancel);

    static string PathOf(string name) => $"/skills/{PathSegment.Of(name)}";
}
