using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Coordinator.Runners;

/// <summary>Forgets runners that have been silent for long and hold no run.</summary>
public sealed class RunnerSweep(IRunnerStore runners, CoordinatorOptions options, TimeProvider time, ILogger<RunnerSweep> log)
    : Loop(TimeSpan.FromSeconds(30), time, log)
{
    const int BatchSize = 500;

    public async Task<int> RunOnceAsync(CancellationToken cancel)
    {
        var total = 0;
        int batch;
        do
        {
            batch = await runners.RemoveSilentAsync(options.RunnerRemoved, BatchSize, cancel).ConfigureAwait(false);
            total += batch;
        }
        while (batch == BatchSize);

        return total;
    }

    protected override async Task<object?> RoundAsync(CancellationToken cancel)
    {
        var removed = await RunOnceAsync(cancel).ConfigureAwait(false);
        return removed == 0 ? null : $"removed {removed}";
    }
}
