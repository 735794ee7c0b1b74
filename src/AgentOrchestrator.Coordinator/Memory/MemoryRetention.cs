using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Coordinator.Memory;

/// <summary>Forgets memories that were not written for longer than their bound.</summary>
public sealed class MemoryRetention(IMemoryStore store, CoordinatorOptions options, TimeProvider time, ILogger<MemoryRetention> log)
    : Loop(options.MemoryRetentionInterval, time, log)
{
    const int Batch = 200;

    /// <summary>How many it forgot.</summary>
    public async Task<int> RunOnceAsync(CancellationToken cancel)
    {
        if (options.MemoryAge is not { } age) { return 0; }

        for (var (all, last) = (0, Batch); ; all += last)
        {
            if (last < Batch) { return all; }

            last = await store.ForgetAsync(age, Batch, cancel).ConfigureAwait(false);
        }
    }

    protected override async Task<object?> RoundAsync(CancellationToken cancel) =>
        await RunOnceAsync(cancel).ConfigureAwait(false) is > 0 and var forgotten ? forgotten : null;
}
