namespace AgentOrchestrator;

/// <summary>An agent in a list. As a text it is its name.</summary>
/// <param name="IsDefault">Whether it answers messages that name no agent.</param>
public sealed record AgentInfo(string Id, bool IsDefault, int ToolsCount, string SystemMessage)
{
    /// <summary>The agent's name.</summary>
    public override string ToString() => Id;
}
