namespace AgentOrchestrator.Models;

/// <summary>What a failure of a model means for whoever called it.</summary>
public enum ModelFailure
{
    /// <summary>The same call would fail again: it is wrong, not allowed, or not configured.</summary>
    Fatal,

    /// <summary>It passes by itself: the provider is overloaded, broke off or cannot be reached.</summary>
    Transient,

    /// <summary>Too many calls in a short time; see <see cref="ModelException.RetryAfter"/>.</summary>
    RateLimited,

    /// <summary>What was paid for is used up: a person has to act.</summary>
    Quota,
}
