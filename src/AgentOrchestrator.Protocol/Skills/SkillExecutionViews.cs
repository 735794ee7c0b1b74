using System.Text.Json.Serialization;

namespace AgentOrchestrator.Protocol.Skills;

/// <summary><c>GET /skills/executions</c>: runs of skills that have ended, newest first.</summary>
/// <param name="NextBefore">Give it as <c>before</c> for the next page; null at the end.</param>
public sealed record SkillExecutionList(IReadOnlyList<SkillExecutionView> Executions, long? NextBefore);

/// <summary><c>GET /skills/executions/{id}</c>: a run of a skill that was kept.</summary>
public sealed record SkillExecutionView
{
    public required long Seq { get; init; }
    public required string ExecutionId { get; init; }
    public required string Skill { get; init; }
    public long Version { get; init; }
    public required string AgentName { get; init; }

    /// <summary>Null where no run asked for it.</summary>
    public string? RunId { get; init; }
    public string? SessionId { get; init; }

    /// <summary>Who asked, as the audit names it.</summary>
    public required string Actor { get; init; }

    /// <summary><c>completed</c> or <c>failed</c>.</summary>
    public required string Status { get; init; }
    public string? Error { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required long DurationMs { get; init; }

    /// <summary>Input, output and steps; left out of lists.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public SkillExecution? Execution { get; init; }
}
