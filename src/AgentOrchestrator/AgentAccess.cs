namespace AgentOrchestrator;

/// <summary>Which agents may use something that is shared, by their names, in any case; those of later too.</summary>
public sealed class AgentAccess
{
    readonly HashSet<string>? _agentIds;

    AgentAccess(HashSet<string>? agentIds) => _agentIds = agentIds;

    /// <summary>Every agent of the orchestrator.</summary>
    public static AgentAccess Everybody { get; } = new(null);

    /// <summary>These and no others.</summary>
    public static AgentAccess Only(params IEnumerable<string> agentIds) => new(new HashSet<string>(agentIds, StringComparer.OrdinalIgnoreCase));

    /// <summary>Whether this agent may.</summary>
    public bool Admits(string agentId) => _agentIds?.Contains(agentId) ?? true;
}
