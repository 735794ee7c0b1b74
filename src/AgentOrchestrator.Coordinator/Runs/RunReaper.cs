using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>Ends what nobody ends any more: expired leases, and runs that no runner fits.</summary>
public sealed class RunReaper(
    IRunStore runs, ClockWatch clock, CoordinatorOptions options, TimeProvider time, ILogger<RunReaper> log)
    : Loop(options.ReapInterval, time, log)
{
    const int BatchSize = 100;

    readonly TimeProvider _time = time;
    long? _startedAt;

    /// <summary>Once at start, before anything is served.</summary>
    public Task<ReapCounts> RecoverAsync(CancellationToken cancel) => runs.RecoverAsync(options.Recovery, cancel);

    public async Task<ReapCounts> RunOnceAsync(CancellationToken cancel)
    {
        var total = new ReapCounts(0, 0, 0, 0);
        while (await clock.TrySettleAsync(cancel).ConfigureAwait(false))
        {
            var batch = await runs.ReapAsync(BatchSize, cancel).ConfigureAwait(false);
            total = new ReapCounts(
                total.Requeued + batch.Requeued, total.Lost + batch.Lost, total.Stopped + batch.Stopped, total.Expired + batch.Expired);
            if (batch is { Requeued: < BatchSize, Lost: < BatchSize, Stopped: < BatchSize, Expired: < BatchSize })
            {
                break;
            }
        }

        return total;
    }

    protected override async Task<object?> RoundAsync(CancellationToken cancel)
    {
        // No runner could renew before the server listened: each gets one whole lease from then on to come back.
        _startedAt ??= _time.GetTimestamp();
        if (_time.GetElapsedTime(_startedAt.Value) < options.Lease)
        {
            return null;
        }

        var counts = await RunOnceAsync(cancel).ConfigureAwait(false);
        return counts.IsEmpty ? null : counts;
    }
}
