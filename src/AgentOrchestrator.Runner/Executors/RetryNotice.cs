namespace AgentOrchestrator.Runner.Executors;

/// <summary>What a notice says about a repeated call of the model's API.</summary>
sealed record RetryNotice(int Attempt, int MaxRetries, double RetryDelayMs, int? ErrorStatus, string? Error)
{
    /// <summary>The notice's reason.</summary>
    public const string Reason = "api_retry";
}
