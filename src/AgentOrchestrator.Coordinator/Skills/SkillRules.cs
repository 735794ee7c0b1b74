using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Schemas;
using AgentOrchestrator.Protocol.Skills;

namespace AgentOrchestrator.Coordinator.Skills;

/// <summary>What a skill must satisfy.</summary>
static class SkillRules
{
    const int MaxDescription = 10_000;
    const int MaxWord = 200;
    const string Executions = "executions";

    /// <exception cref="ProductException">Invalid, naming the first member that is wrong and what it must be.</exception>
    public static void Require(SkillView skill, CoordinatorOptions options)
    {
        if (Names.Require(skill.Name, "name").Equals(Executions, StringComparison.OrdinalIgnoreCase)) { throw Wrong($"the name '{Executions}' is part of a route; choose another one"); }
        if (string.IsNullOrWhiteSpace(skill.Description)) { throw Wrong("description must not be empty"); }
        if (skill.Description.Length > MaxDescription) { throw Wrong($"description must be at most {MaxDescription} characters"); }
        if (skill.InputSchema is { } schema) { JsonSchema.Read(schema); }
        if (skill.Steps.Count == 0 || skill.Steps.Count > options.MaxSkillSteps) { throw Wrong($"steps must be 1 to {options.MaxSkillSteps}"); }

        var earlier = new HashSet<string>(StringComparer.Ordinal) { SkillTemplate.Input };
        foreach (var step in skill.Steps)
        {
            Require(step, earlier);
            earlier.Add(step.Name!);
        }
    }

    static void Require(SkillStep step, HashSet<string> earlier)
    {
        var name = Names.Require(step?.Name, "steps: name");
        if (earlier.Contains(name)) { throw Wrong($"steps: the name '{name}' is taken; each step needs one of its own, and 'input' is the skill's input"); }
        if (string.IsNullOrWhiteSpace(step!.ToolName) || step.ToolName.Length > MaxWord) { throw Wrong($"steps.{name}: tool_name must be 1 to {MaxWord} characters"); }
        if (step.ServerName is { } server && (server.Length == 0 || server.Length > MaxWord)) { throw Wrong($"steps.{name}: server_name must be 1 to {MaxWord} characters"); }
        if (step.Description is { Length: > MaxDescription }) { throw Wrong($"steps.{name}: description must be at most {MaxDescription} characters"); }
        if (step.Arguments is not { } arguments) { return; }
        if (arguments.ValueKind != JsonValueKind.Object) { throw Wrong($"steps.{name}: arguments must be an object"); }
        if (SkillTemplate.RootsOf(arguments).FirstOrDefault(root => !earlier.Contains(root)) is { } unknown)
        {
            throw Wrong($"steps.{name}: {{{{{unknown}…}}}} names neither the input nor an earlier step");
        }
    }

    static ProductException Wrong(string message) => new(ErrorCode.Invalid, message);
}
