using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Coordinator.Skills;

/// <summary>Forgets runs of skills as long after they were noted as calls of tools.</summary>
public sealed class SkillExecutionRetention(ISkillExecutionStore store, CoordinatorOptions options, TimeProvider time, ILogger<SkillExecutionRetention> log)
    : Loop(options.ToolCallRetentionInterval, time, log)
{
    const int Batch = 100;

    /// <summary>How many it forgot.</summary>
    public async Task<int> RunOnceAsync(CancellationToken cancel)
    {
        if (options.ToolCallAge is not { } age) { return 0; }

        for (var (all, last) = (0, Batch); ; all += last)
        {
            if (last < Batch) { return all; }

            last = await store.ForgetAsync(age, Batch, cancel).ConfigureAwait(false);
        }
    }

    protected override async Task<object?> RoundAsync(CancellationToken cancel) =>
        await RunOnceAsync(cancel).ConfigureAwait(false) is > 0 and var forgotten ? forgotten : null;
}
