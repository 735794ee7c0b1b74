using System.Security.Cryptography;
using AgentOrchestrator.Models;

namespace AgentOrchestrator.Agents;

/// <summary>How a model call is made again that failed for a reason which passes by itself, see <see cref="ModelFailure"/>.</summary>
public sealed record RetryPolicy
{
    /// <summary>How often a call is made again.</summary>
    /// <value>4.</value>
    public int MaxRetries { get; init; } = 4;

    /// <summary>The wait before the first; each further one is twice as long, less up to a quarter by chance.</summary>
    /// <value>1 second.</value>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait. A provider that asks for a longer one is not waited for.</summary>
    /// <value>2 minutes.</value>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>No call is made again.</summary>
    public static RetryPolicy None { get; } = new() { MaxRetries = 0 };

    /// <param name="failed">How often the call has failed.</param>
    /// <returns>Null when it is not made again.</returns>
    internal TimeSpan? WaitAfter(int failed, ModelException failure)
    {
        if (failed > MaxRetries || failure.Failure is not (ModelFailure.Transient or ModelFailure.RateLimited)) { return null; }
        if (failure.RetryAfter is { } asked) { return asked <= LongestWait ? asked : null; }

        var wait = Math.Min(FirstWait.TotalMilliseconds * Math.Pow(2, failed - 1), LongestWait.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(wait * (1 - (RandomNumberGenerator.GetInt32(250) / 1_000.0)));
    }
}
