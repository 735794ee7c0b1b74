using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Sqlite.Runs;

/// <summary>A run as a report meets it, with what only the store knows of it.</summary>
/// <param name="EndDigest">Of the report that ended it; null when no report did.</param>
sealed record HeldRun(Run Run, long NextOrdinal, string? EndDigest)
{
    public bool HasEnded => RunMoves.IsTerminal(Run.Status);

    /// <summary>Ended by a report of that very lease, whose repeat is therefore harmless.</summary>
    public bool WasEndedBy(LeaseRef lease) => EndDigest is not null && IsOf(lease);

    /// <exception cref="ProductException">Conflict <c>stale_lease</c>.</exception>
    public void RequireLease(LeaseRef lease)
    {
        if (!RunMoves.IsLive(Run.Status) || Run.LeaseUntil is null || !IsOf(lease))
        {
            throw RunErrors.StaleLease();
        }
    }

    bool IsOf(LeaseRef lease) => Run.RunnerId == lease.RunnerId && (lease.Fence is null || lease.Fence == Run.Fence);
}
