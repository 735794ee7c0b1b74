using AgentOrchestrator.Agents;

namespace AgentOrchestrator.Patterns;

/// <summary>Several answers as one.</summary>
static class Answers
{
    public static AgentAnswer Combine(string id, string text, IReadOnlyList<AgentAnswer> answers) =>
        new(id, text, [.. answers.SelectMany(answer => answer.ToolsUsed)], new AgentUsage
        {
            InputTokens = answers.Sum(answer => answer.Usage.InputTokens),
            CachedInputTokens = answers.Sum(answer => answer.Usage.CachedInputTokens),
            OutputTokens = answers.Sum(answer => answer.Usage.OutputTokens),
            Turns = answers.Sum(answer => answer.Usage.Turns),
            Cost = answers.All(answer => answer.Usage.Cost is null) ? null : answers.Sum(answer => answer.Usage.Cost),
            Duration = TimeSpan.FromTicks(answers.Sum(answer => answer.Usage.Duration.Ticks)),
        });
}
