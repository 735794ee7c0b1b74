using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Agents;

/// <summary>Adds up what the model calls of one run used.</summary>
sealed class UsageTally(TokenPrice? price, TimeProvider time)
{
    readonly long _since = time.GetTimestamp();
    readonly UsageDetails _usage = new();
    int _turns;
    string? _model;

    public AgentUsage Usage => new()
    {
        InputTokens = Uncached,
        CachedInputTokens = _usage.CachedInputTokenCount,
        OutputTokens = _usage.OutputTokenCount,
        Turns = _turns,
        Model = _model,
        Cost = Cost,
        Duration = time.GetElapsedTime(_since),
    };

    public long Tokens => (_usage.InputTokenCount ?? 0) + (_usage.OutputTokenCount ?? 0);

    public decimal? Cost => price is null || (Uncached ?? _usage.OutputTokenCount) is null
        ? null
        : price.Of(Uncached ?? 0, _usage.CachedInputTokenCount ?? 0, _usage.OutputTokenCount ?? 0);

    /// <summary>Providers count cached tokens as input, too.</summary>
    long? Uncached => _usage.InputTokenCount is { } input ? Math.Max(0, input - (_usage.CachedInputTokenCount ?? 0)) : null;

    public void Add(ChatResponse response)
    {
        _turns++;
        _model = response.ModelId ?? _model;
        if (response.Usage is { } usage) { _usage.Add(usage); }
    }
}
