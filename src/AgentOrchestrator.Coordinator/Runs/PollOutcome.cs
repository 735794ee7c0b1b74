namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>What a poll ends with.</summary>
public abstract record PollOutcome
{
    PollOutcome()
    {
    }

    /// <summary>Nothing came in time.</summary>
    public sealed record Nothing : PollOutcome;

    /// <summary>The runner is not registered: it must register again.</summary>
    public sealed record Unknown : PollOutcome;

    /// <summary>Another start of it has its identity by now.</summary>
    public sealed record Replaced : PollOutcome;

    /// <summary>Somebody asked the runner to leave; it is no longer registered.</summary>
    public sealed record Leave : PollOutcome;

    /// <summary>Runs whose processes the runner must end.</summary>
    public sealed record Stops(IReadOnlyList<string> RunIds) : PollOutcome;

    /// <summary>A run with its lease; the token goes to the runner and nowhere else.</summary>
    public sealed record Claimed(ClaimedRun Claim, string Token) : PollOutcome
    {
        public LeaseRef Lease => new(Claim.Run.Org, Claim.Run.RunId, Claim.Run.RunnerId!, Claim.Run.Fence);
    }
}
