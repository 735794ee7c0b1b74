namespace AgentOrchestrator.Coordinator.Rooms;

/// <summary>Whom a room turns to by itself.</summary>
/// <param name="DefaultAgent">Need not exist.</param>
public sealed record RoomPolicy(string DefaultAgent)
{
    /// <summary>The default agent, else the first that listens, else nobody.</summary>
    public string? DefaultOf(IReadOnlyList<RoomAgent> agents) =>
        (agents.FirstOrDefault(agent => string.Equals(agent.Name, DefaultAgent, StringComparison.OrdinalIgnoreCase))
            ?? agents.FirstOrDefault(agent => agent.Trouble is null))?.Name;
}
