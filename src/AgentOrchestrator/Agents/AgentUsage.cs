namespace AgentOrchestrator.Agents;

/// <summary>What a run used. Numbers that the provider does not tell are null.</summary>
public sealed record AgentUsage
{
    /// <summary>Tokens that the model read, without those of <see cref="CachedInputTokens"/>.</summary>
    public long? InputTokens { get; init; }

    /// <summary>Tokens that it read from the provider's cache.</summary>
    public long? CachedInputTokens { get; init; }

    /// <summary>Tokens that it wrote.</summary>
    public long? OutputTokens { get; init; }

    /// <summary>How often the model answered.</summary>
    public int Turns { get; init; }

    /// <summary>The model as the provider names it; null when it does not.</summary>
    public string? Model { get; init; }

    /// <summary>In the currency of <see cref="LoopOptions.Price"/>; null without a price or without numbers.</summary>
    public decimal? Cost { get; init; }

    /// <summary>From the beginning of the run, waits and tools included.</summary>
    public TimeSpan Duration { get; init; }
}
