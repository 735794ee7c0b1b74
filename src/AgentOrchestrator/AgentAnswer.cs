using AgentOrchestrator.Agents;

namespace AgentOrchestrator;

/// <summary>What an agent answered. Wherever a text is expected, such as in a message to the next agent, it is its text.</summary>
/// <param name="AgentId">Who answered.</param>
/// <param name="Text">The answer.</param>
/// <param name="ToolsUsed">The names of the tools that it called, in order.</param>
/// <param name="Usage">What the answer took.</param>
public sealed record AgentAnswer(string AgentId, string Text, IReadOnlyList<string> ToolsUsed, AgentUsage Usage)
{
    /// <summary>The answer.</summary>
    public override string ToString() => Text;
}
