using AgentOrchestrator.Protocol.Runs;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Runner.Executors.Chat;

/// <summary>Adds up what the calls of one run used.</summary>
sealed class ChatTally(TimeProvider time)
{
    readonly long _since = time.GetTimestamp();
    readonly UsageDetails _usage = new();
    int _turns;
    string? _model;

    /// <summary>Input tokens without those that came from the provider's cache, which have a column of their own.</summary>
    public RunUsage Usage => new()
    {
        InputTokens = _usage.InputTokenCount is { } input ? Math.Max(0, input - (_usage.CachedInputTokenCount ?? 0)) : null,
        CachedInputTokens = _usage.CachedInputTokenCount,
        OutputTokens = _usage.OutputTokenCount,
        Turns = _turns,
        Model = _model,
        DurationMs = (long)time.GetElapsedTime(_since).TotalMilliseconds,
    };

    public void Add(ChatResponse response, string? model)
    {
        _turns++;
        _model = response.ModelId ?? model;
        if (response.Usage is { } usage) { _usage.Add(usage); }
    }
}
