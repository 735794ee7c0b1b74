using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Coordinator.Memory;

/// <summary>What the stores refuse: the same words on every database.</summary>
public static class MemoryErrors
{
    public static ProductException ScopeFull(int most) => new(
        ErrorCode.LimitExceeded,
        $"there are {most} memories of just this agent, user and session already; forget some, or raise MEMORY_PER_SCOPE",
        "memory_limit");
}
