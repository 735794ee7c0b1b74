namespace AgentOrchestrator.Cli.Proving;

/// <summary>A promise, how often it was tried, and every time that it was broken.</summary>
/// <param name="Tried">Of what the promise speaks of: operations, runs, programs.</param>
sealed record Finding(string Promise, long Tried, IReadOnlyList<string> Broken);

/// <summary>The outcome of a campaign.</summary>
sealed record Proof
{
    public required int Seed { get; init; }

    /// <summary><c>sqlite</c> or <c>postgresql</c>.</summary>
    public required string Database { get; init; }
    public required int ServerKills { get; init; }
    public required int RunnerKills { get; init; }
    public required int RunnersFrozen { get; init; }
    public required int KeeperKills { get; init; }
    public required int Crashes { get; init; }
    public required int LineFaults { get; init; }
    public required int Operations { get; init; }
    public required long AcknowledgedOperations { get; init; }
    public required int Runs { get; init; }
    public required double Seconds { get; init; }

    /// <summary>From the last fault and the last operation to the end of every run.</summary>
    public required double SecondsToRest { get; init; }

    /// <summary>From when a runner was gone to when a run of it was seen to have ended; 0 when none was lost.</summary>
    public required double SlowestLossSeconds { get; init; }
    public required IReadOnlyList<Finding> Findings { get; init; }

    public bool Holds => Findings.All(finding => finding.Broken.Count == 0);
}
