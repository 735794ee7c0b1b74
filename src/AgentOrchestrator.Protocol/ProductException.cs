namespace AgentOrchestrator.Protocol;

/// <summary>The one error of the product. Its message is safe to show to any caller and says what to do.</summary>
/// <remarks>Details that a caller must not see go to the inner exception and the log.</remarks>
public sealed class ProductException(ErrorCode code, string message, string? reason = null, Exception? inner = null)
    : Exception(message, inner)
{
    public ErrorCode Code { get; } = code;

    /// <summary>A finer snake_case word for machines, such as <c>stale_lease</c>; null where the code says it all.</summary>
    public string? Reason { get; } = reason;

    /// <summary>When it may be tried again; null when nobody said.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
