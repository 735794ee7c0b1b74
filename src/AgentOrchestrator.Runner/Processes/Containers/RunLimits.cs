namespace AgentOrchestrator.Runner.Processes.Containers;

/// <summary>What all processes of a run may take together.</summary>
/// <param name="MemoryBytes">Null for as much as there is.</param>
/// <param name="Processes">Threads count too; null for any number.</param>
public sealed record RunLimits(long? MemoryBytes = null, int? Processes = null);

/// <summary>A limit that a run came up against.</summary>
public enum LimitKind
{
    Memory,
    Processes,
}
