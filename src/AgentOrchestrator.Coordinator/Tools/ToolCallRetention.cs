using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Coordinator.Tools;

/// <summary>Forgets calls of tools that were noted longer ago than their bound.</summary>
public sealed class ToolCallRetention(IToolStore store, CoordinatorOptions options, TimeProvider time, ILogger<ToolCallRetention> log)
    : Loop(options.ToolCallRetentionInterval, time, log)
{
    const int Batch = 500;

    /// <summary>How many it forgot.</summary>
    public async Task<int> RunOnceAsync(CancellationToken cancel)
    {
        if (options.ToolCallAge is not { } age) { return 0; }

        for (var (all, last) = (0, Batch); ; all += last)
        {
            if (last < Batch) { return all; }

            last = await store.ForgetCallsAsync(age, Batch, cancel).ConfigureAwait(false);
        }
    }

    protected override async Task<object?> RoundAsync(CancellationToken cancel) =>
        await RunOnceAsync(cancel).ConfigureAwait(false) is > 0 and var forgotten ? forgotten : null;
}
