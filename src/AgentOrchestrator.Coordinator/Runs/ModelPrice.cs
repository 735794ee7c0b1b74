using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>What a model costs, in US dollars for a million tokens.</summary>
/// <param name="CachedInput">As <paramref name="Input"/> where null; so is <paramref name="CacheWrite"/>.</param>
public sealed record ModelPrice(decimal Input, decimal Output, decimal? CachedInput = null, decimal? CacheWrite = null)
{
    const decimal Million = 1_000_000m;

    /// <summary>The usage with its cost, where the executor told none and the model is in the table.</summary>
    public static RunUsage? Complete(RunUsage? usage, IReadOnlyDictionary<string, ModelPrice> prices) =>
        usage is { CostUsd: null, Model: { } model } && prices.TryGetValue(model, out var price) ? usage with { CostUsd = price.Of(usage) } : usage;

    decimal Of(RunUsage usage) =>
        ((usage.InputTokens ?? 0) * Input + (usage.OutputTokens ?? 0) * Output
            + (usage.CachedInputTokens ?? 0) * (CachedInput ?? Input) + (usage.CacheWriteTokens ?? 0) * (CacheWrite ?? Input)) / Million;
}
