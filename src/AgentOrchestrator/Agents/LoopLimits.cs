namespace AgentOrchestrator.Agents;

/// <summary>The bounds of one run. The run that reaches one ends with <see cref="EndReason.Limit"/> and says which.</summary>
public sealed record LoopLimits
{
    /// <summary>How often the model is called.</summary>
    /// <value>50.</value>
    public int MaxTurns { get; init; } = 50;

    /// <summary>How many tokens are used, read and written together; seen after each call of the model.</summary>
    /// <value>No bound.</value>
    public long? MaxTokens { get; init; }

    /// <summary>What the run may cost, in the currency of <see cref="LoopOptions.Price"/>; without a price it bounds nothing. Seen after each call.</summary>
    /// <value>No bound.</value>
    public decimal? MaxCost { get; init; }

    /// <summary>How long the run may take, waits and tools included.</summary>
    /// <value>No bound.</value>
    public TimeSpan? MaxTime { get; init; }

    /// <summary>How long one tool call may take; then the model is told so and the run goes on.</summary>
    /// <value>10 minutes.</value>
    public TimeSpan ToolTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How many tool calls of one answer run at the same time.</summary>
    /// <value>8.</value>
    public int ParallelTools { get; init; } = 8;
}
