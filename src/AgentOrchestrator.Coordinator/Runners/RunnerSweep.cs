using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Coordinator.Runners;

/// <summary>Forgets runners that have been silent for long and hold no run.</summary>
public sealed class RunnerSweep(IRunnerStore runners, CoordinatorOptions options, TimeProvider time, ILogger<RunnerSweep> log)
    : Loop(TimeSpan.FromSeconds(30), time, log)
{
    public Task<int> RunOnceAsync(CancellationToken cancel) => runners.RemoveSilentAsync(options.RunnerRemoved, cancel);

    protected override async Task<object?> RoundAsync(CancellationToken cancel)
    {
        var removed = await RunOnceAsync(cancel).ConfigureAwait(false);
        return removed == 0 ? null : $"removed {removed}";
    }
}
