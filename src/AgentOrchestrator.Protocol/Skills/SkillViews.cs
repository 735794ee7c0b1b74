using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentOrchestrator.Protocol.Skills;

/// <summary>One version of a skill: calls of tools in order, each with what earlier ones brought.</summary>
public sealed record SkillView
{
    public required string Name { get; init; }
    public required string Description { get; init; }

    /// <summary>What its input must be; anything when missing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public JsonElement? InputSchema { get; init; }
    public required IReadOnlyList<SkillStep> Steps { get; init; }

    /// <summary>Left out, as <see cref="CreatedAt"/>, of a stored definition, which does not depend on them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public long Version { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>One call of a tool.</summary>
public sealed record SkillStep
{
    /// <summary>By which later steps name what it brought.</summary>
    public string? Name { get; init; }

    /// <summary>The server that the tool comes from; the one that the agent is assigned when missing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? ServerName { get; init; }
    public string? ToolName { get; init; }

    /// <summary>An object. A text in it that is wholly <c>{{input.x}}</c> or <c>{{step.field}}</c> stands for that value.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public JsonElement? Arguments { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Description { get; init; }
}

/// <summary><c>GET /skills</c>.</summary>
/// <param name="Folders">Skills that are folders with a <c>SKILL.md</c>.</param>
public sealed record SkillList(IReadOnlyList<SkillView> Skills, IReadOnlyList<SkillFolderView> Folders);

/// <summary>A skill that is a folder with a <c>SKILL.md</c>.</summary>
/// <param name="Error">Why it cannot be used; null when it can.</param>
public sealed record SkillFolderView(string Name, string Description, string? Error);

/// <summary><c>GET /skills/{name}/text</c>: what a model reads of a folder.</summary>
public sealed record SkillText(string Name, string File, string Text);

/// <summary><c>PUT /skills/{name}</c>: the whole definition. One that differs from the newest becomes the next version.</summary>
public sealed record WriteSkill
{
    public string? Description { get; init; }
    public JsonElement? InputSchema { get; init; }
    public IReadOnlyList<SkillStep>? Steps { get; init; }
}

/// <summary><c>POST /skills/{name}/execute</c>.</summary>
public sealed record ExecuteSkill
{
    /// <summary>With whose tools; a run's own agent when missing.</summary>
    public string? AgentName { get; init; }

    /// <summary>The newest when missing.</summary>
    public long? Version { get; init; }
    public JsonElement? Input { get; init; }
}

/// <summary>What came of running a skill.</summary>
public sealed record SkillExecution
{
    public const string Completed = "completed";
    public const string Failed = "failed";

    public required string ExecutionId { get; init; }
    public required string Skill { get; init; }
    public long Version { get; init; }
    public required string AgentName { get; init; }

    /// <summary><c>completed</c> or <c>failed</c>.</summary>
    public required string Status { get; init; }
    public JsonElement? Input { get; init; }

    /// <summary>What the last step brought.</summary>
    public JsonElement? Output { get; init; }

    /// <summary>The step that failed, and why.</summary>
    public string? Error { get; init; }

    /// <summary>Of the steps that were made.</summary>
    public required IReadOnlyList<SkillStepResult> StepResults { get; init; }
    public long DurationMs { get; init; }

    /// <summary>Of one that was kept: input and outputs are too long for that, and missing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public bool IsCut { get; init; }
}

/// <summary>What came of one step.</summary>
public sealed record SkillStepResult
{
    public const string Success = "success";
    public const string Failed = "error";

    public required string StepName { get; init; }

    /// <summary><c>success</c> or <c>error</c>.</summary>
    public required string Status { get; init; }
    public JsonElement? Output { get; init; }
    public string? Error { get; init; }
    public long DurationMs { get; init; }
}
