namespace AgentOrchestrator.Runner.Executors.Chat;

/// <summary>The bounds of the <c>chat</c> executor.</summary>
sealed record ChatLimits
{
    /// <summary>How much of the conversation the model is shown beside the newest message, in characters; the oldest messages go first.</summary>
    /// <value>200,000, some 50,000 tokens.</value>
    public int MaxHistoryChars { get; init; } = 200_000;

    /// <summary>How often the model is called in one run, unless the agent's <c>max_turns</c> says otherwise.</summary>
    public int MaxTurns { get; init; } = 50;

    /// <summary>How long the conversation may become within one run, its tools' answers included; then the oldest messages go.</summary>
    /// <value>100,000 tokens, guessed.</value>
    public int MaxContextTokens { get; init; } = 100_000;

    /// <summary>How many events of the log are read at a time.</summary>
    public int PageSize { get; init; } = 200;

    /// <summary>How long the last words of a stopped run may wait for room in the spool.</summary>
    public TimeSpan LastWords { get; init; } = TimeSpan.FromSeconds(5);
}
