using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>A report of another end of a run that had ended: it is refused, and its session's log keeps what it said, each once.</summary>
public static class LateReport
{
    const int DigestLength = 64;

    /// <summary>How many of one run are kept.</summary>
    public const int MaxKept = 8;

    /// <summary>Digests that are this long together, with a blank between, are all that are kept.</summary>
    public const int MaxDigestsLength = MaxKept * DigestLength;

    /// <summary>What the report is answered; null when it is none of those.</summary>
    /// <param name="endDigest">Of the report that ended the run; null when no report did, which took the lease away.</param>
    public static ProductException? Refuse(Run run, string? endDigest, LeaseRef lease, RunEnd end)
    {
        // An end that took the lease away has raised the fence.
        var fence = endDigest is null ? run.Fence - 1 : run.Fence;
        if (!RunMoves.IsTerminal(run.Status) || run.RunnerId != lease.RunnerId || (lease.Fence ?? fence) != fence)
        {
            return null;
        }

        return endDigest is null
            ? (run.Status, run.Reason) == (end.Status, end.Reason) ? null : RunErrors.StaleLease()
            : endDigest == end.Digest() ? null : RunErrors.NotAllowed(run.Status, end.Status);
    }
}
