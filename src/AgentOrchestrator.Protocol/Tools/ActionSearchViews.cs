namespace AgentOrchestrator.Protocol.Tools;

/// <summary>An action, and an agent that has it.</summary>
public record AgentActionView
{
    public required string AgentName { get; init; }

    /// <summary>The agent's description.</summary>
    public required string AgentRole { get; init; }
    public required ActionView Action { get; init; }
}

/// <summary><c>GET /actions/all</c>.</summary>
public sealed record AllActions
{
    public required int TotalAgents { get; init; }
    public required int TotalActions { get; init; }
    public required IReadOnlyList<AgentActionView> Actions { get; init; }

    /// <summary>Servers whose actions are missing here.</summary>
    public required IReadOnlyList<ActionServerFault> Faults { get; init; }
}

/// <summary><c>GET /actions/search</c>.</summary>
public sealed record ActionSearch
{
    public required string Query { get; init; }
    public required int TotalMatches { get; init; }

    /// <summary>Those of high relevance first.</summary>
    public required IReadOnlyList<ActionMatch> Matches { get; init; }
}

public sealed record ActionMatch : AgentActionView
{
    /// <summary><c>high</c>: its own name has it; else <c>medium</c>.</summary>
    public required string Relevance { get; init; }
}
