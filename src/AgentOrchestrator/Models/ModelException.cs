namespace AgentOrchestrator.Models;

/// <summary>A model cannot be reached, is not configured, or refuses. The message is in the provider's words and holds no keys.</summary>
public sealed class ModelException(string message, int? status = null, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The HTTP status of the provider's answer; null when there was none.</summary>
    public int? Status { get; } = status;

    /// <summary>Whether it passes by itself.</summary>
    public ModelFailure Failure { get; init; }

    /// <summary>How long the provider wants to be left alone; null when it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
