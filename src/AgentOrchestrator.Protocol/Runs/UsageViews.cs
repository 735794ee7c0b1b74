namespace AgentOrchestrator.Protocol.Runs;

/// <summary><c>GET /sessions/{id}/usage</c>.</summary>
/// <param name="Own">The session's own runs.</param>
/// <param name="Tree">Those and the runs of all sessions below it.</param>
public sealed record SessionUsageView(string SessionId, string SessionName, UsageView Own, UsageView Tree);

/// <summary>Sums over runs. The four columns of tokens do not overlap.</summary>
public sealed record UsageView
{
    public required long Sessions { get; init; }
    public required long Runs { get; init; }

    /// <summary>Runs whose executor told what they used.</summary>
    public required long MeasuredRuns { get; init; }

    /// <summary>Of those, the runs whose cost nobody knows; they are not part of it.</summary>
    public required long UnpricedRuns { get; init; }
    public required long InputTokens { get; init; }
    public required long CachedInputTokens { get; init; }
    public required long CacheWriteTokens { get; init; }
    public required long OutputTokens { get; init; }
    public required long DurationMs { get; init; }

    /// <summary>Null when the cost of no run is known.</summary>
    public decimal? CostUsd { get; init; }
}
