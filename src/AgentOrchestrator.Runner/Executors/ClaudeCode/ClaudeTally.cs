using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Runner.Executors.ClaudeCode;

/// <summary>The result lines of one execution, added up.</summary>
/// <param name="isResumed">The session had runs before this one.</param>
sealed class ClaudeTally(bool isResumed)
{
    RunUsage? _usage;

    /// <summary>As the program's first line names it.</summary>
    public string? Model { get; set; }

    /// <summary>The last one; null when the program ended without a result.</summary>
    public ClaudeLine.Result? Result { get; private set; }

    public RunUsage? Usage => _usage is null ? null : _usage with { Model = Model };

    public void Add(ClaudeLine.Result result)
    {
        Result = result;
        var used = Used(result);
        _usage = new RunUsage
        {
            InputTokens = Sum(_usage?.InputTokens, used.InputTokens),
            CachedInputTokens = Sum(_usage?.CachedInputTokens, used.CachedInputTokens),
            CacheWriteTokens = Sum(_usage?.CacheWriteTokens, used.CacheWriteTokens),
            OutputTokens = Sum(_usage?.OutputTokens, used.OutputTokens),
            // Where it is not by model, it is the process's total so far.
            CostUsd = result.ModelUsageSinceLastResult is null ? used.CostUsd : (_usage?.CostUsd ?? 0) + used.CostUsd,
            Turns = (_usage?.Turns ?? 0) + (result.NumTurns ?? 0),
            DurationMs = (_usage?.DurationMs ?? 0) + (long)(result.DurationMs ?? 0),
        };
    }

    // By model where the program says it: that counts subagents, and a run that met its budget. Older programs do not
    // say it, and their total may hold what earlier runs of a resumed session cost.
    RunUsage Used(ClaudeLine.Result result)
    {
        if (result.ModelUsageSinceLastResult is not { } byModel)
        {
            return new RunUsage
            {
                InputTokens = result.Usage?.InputTokens,
                CachedInputTokens = result.Usage?.CacheReadInputTokens,
                CacheWriteTokens = result.Usage?.CacheCreationInputTokens,
                OutputTokens = result.Usage?.OutputTokens,
                CostUsd = isResumed ? null : result.TotalCostUsd,
            };
        }

        return new RunUsage
        {
            InputTokens = byModel.Values.Sum(model => model.InputTokens ?? 0),
            CachedInputTokens = byModel.Values.Sum(model => model.CacheReadInputTokens ?? 0),
            CacheWriteTokens = byModel.Values.Sum(model => model.CacheCreationInputTokens ?? 0),
            OutputTokens = byModel.Values.Sum(model => model.OutputTokens ?? 0),
            CostUsd = byModel.Values.Sum(model => model.CostUsd ?? 0),
        };
    }

    static long? Sum(long? before, long? more) => before is null ? more : before + (more ?? 0);
}
