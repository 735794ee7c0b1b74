using System.Text.Json.Serialization;

namespace AgentOrchestrator.Protocol.Agents;

/// <summary>When a failed run of an agent is queued again. A stop is never a failure, so it is never followed by another attempt.</summary>
public sealed record RetryPolicy
{
    /// <summary>How many runs there may be in all, the first one counted; 2 or more.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? MaxAttempts { get; init; }

    /// <summary>The reasons of failures that are followed by another attempt: <c>lost</c>, <c>timeout</c>, <c>error</c> and others.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<string>? On { get; init; }

    /// <summary>How long the next attempt waits before it enters the queue, in seconds; none when missing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? DelaySeconds { get; init; }

    [JsonIgnore]
    public bool IsEmpty => this is { MaxAttempts: null, On: null or { Count: 0 }, DelaySeconds: null };
}
