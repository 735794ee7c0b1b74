using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>Who goes first: the lowest rank, then the oldest. Written once, so that a claim reads the head of an index.</summary>
/// <remarks>
/// <c>rank = queued at + turn × 24 h − priority × 1 h</c>. The turn of a run is how many rounds it stands back: no less than the round that is
/// being served (of the run with the highest turn ever claimed in its org), and one more than the last waiting run of its tree that has at
/// least its priority. docs/decisions has the reasons.
/// </remarks>
public static class QueueOrder
{
    /// <summary>In microseconds since 1970, as all ranks.</summary>
    public static long StartOf(DateTimeOffset now, int priority, CoordinatorOptions options) =>
        WireTime.ToMicroseconds(now) - (priority * Microseconds(options.PriorityWorth));

    /// <summary>What one turn adds to a rank.</summary>
    public static long TurnWorth(CoordinatorOptions options) => Microseconds(options.TurnWorth);

    static long Microseconds(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;
}
