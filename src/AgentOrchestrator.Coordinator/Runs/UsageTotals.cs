namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>What some runs used together. Those whose executor told nothing add nothing, and are counted.</summary>
/// <param name="Runs">All of them, ended or not.</param>
/// <param name="UnpricedRuns">Runs that told of tokens and of which nobody knows the price: they are not part of the cost.</param>
/// <param name="CostUsd">Null when the price of none is known.</param>
public sealed record UsageTotals(
    long Sessions, long Runs, long MeasuredRuns, long UnpricedRuns, long InputTokens, long CachedInputTokens, long CacheWriteTokens, long OutputTokens,
    long DurationMs, decimal? CostUsd)
{
    public long Tokens => InputTokens + CachedInputTokens + CacheWriteTokens + OutputTokens;
}

/// <param name="Own">Of the session's own runs.</param>
/// <param name="Tree">Of those and of all sessions below it.</param>
public sealed record SessionUsage(UsageTotals Own, UsageTotals Tree);
