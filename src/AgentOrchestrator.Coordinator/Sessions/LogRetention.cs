using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Coordinator.Sessions;

/// <summary>Keeps the logs within their bounds: by age, by length, and all data together by size.</summary>
/// <remarks>
/// In small steps, each a transaction of its own, so that who writes is not held up. For its size, the server first prunes the logs that
/// rest longest; when that does not suffice, it deletes the sessions that rest longest.
/// </remarks>
public sealed partial class LogRetention(
    IRetentionStore store, CoordinatorOptions options, TimeProvider time, ILogger<LogRetention> log)
    : Loop(options.RetentionInterval, time, log)
{
    const int PageLength = 50;

    readonly ILogger _log = log;

    public async Task<RetentionCounts> RunOnceAsync(CancellationToken cancel)
    {
        var counts = new RetentionCounts();
        if (options.RetentionAge is not null || options.RetentionEvents is not null)
        {
            await PruneAsync(new PruneRule(options.RetentionRest, options.RetentionAge, options.RetentionEvents), counts, cancel).ConfigureAwait(false);
        }

        await FitAsync(counts, cancel).ConfigureAwait(false);
        while (await store.ShrinkAsync(options.RetentionFreePages, cancel).ConfigureAwait(false))
        {
        }

        return counts;
    }

    protected override async Task<object?> RoundAsync(CancellationToken cancel)
    {
        var counts = await RunOnceAsync(cancel).ConfigureAwait(false);
        return counts.IsEmpty ? null : counts;
    }

    async Task PruneAsync(PruneRule rule, RetentionCounts counts, CancellationToken cancel)
    {
        while (true)
        {
            var found = await store.FindPrunableAsync(rule, PageLength, cancel).ConfigureAwait(false);
            var before = counts.Logs;
            foreach (var one in found)
            {
                await PruneAsync(one, counts, cancel).ConfigureAwait(false);
            }

            if (found.Count < PageLength || counts.Logs == before)
            {
                return;
            }
        }
    }

    async Task PruneAsync(PrunableLog one, RetentionCounts counts, CancellationToken cancel)
    {
        var isPruned = false;
        while (await store.PruneAsync(one, options.RetentionRest, options.RetentionBatch, cancel).ConfigureAwait(false) is { } part)
        {
            isPruned = true;
            counts.Events += part.Events;
        }

        counts.Logs += isPruned ? 1 : 0;
    }

    /// <summary>Frees until the data fit: first of logs, then whole sessions.</summary>
    async Task FitAsync(RetentionCounts counts, CancellationToken cancel)
    {
        if (await store.MeasureAsync(cancel).ConfigureAwait(false) is not { } size)
        {
            return;
        }

        if (size.Log > options.RetentionLogAlarm)
        {
            LogLongLog(_log, size.Log >> 20);
        }

        var everything = new PruneRule(options.RetentionRest, options.RetentionRest, MaxEvents: null);
        while (size.Data > options.RetentionBytes)
        {
            var before = (counts.Logs, counts.Sessions);
            var logs = await store.FindPrunableAsync(everything, PageLength, cancel).ConfigureAwait(false);
            var isPruning = logs.Count > 0;
            foreach (var one in isPruning ? logs : await store.FindRestingAsync(options.RetentionRest, PageLength, cancel).ConfigureAwait(false))
            {
                if (isPruning)
                {
                    await PruneAsync(one, counts, cancel).ConfigureAwait(false);
                }
                else if (await store.RemoveAsync(one, options.RetentionRest, cancel).ConfigureAwait(false))
                {
                    counts.Sessions++;
                }

                size = await store.MeasureAsync(cancel).ConfigureAwait(false) ?? size;
                if (size.Data <= options.RetentionBytes)
                {
                    return;
                }
            }

            if (before == (counts.Logs, counts.Sessions))
            {
                LogNothingLeft(_log, size.Data >> 20, (options.RetentionBytes ?? 0) >> 20);
                return;
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "The write-ahead log of the database has {Megabytes} MiB: something reads from it without an end, or the disk is too slow")]
    static partial void LogLongLog(ILogger log, long megabytes);

    [LoggerMessage(LogLevel.Warning, "The data take {Megabytes} MiB, above their bound of {Bound} MiB, and every session is at work: nothing can be pruned")]
    static partial void LogNothingLeft(ILogger log, long megabytes, long bound);
}

/// <summary>What one round of <see cref="LogRetention"/> did.</summary>
public sealed record RetentionCounts
{
    public long Events { get; set; }

    /// <summary>Logs that were pruned.</summary>
    public int Logs { get; set; }

    /// <summary>Sessions that were deleted.</summary>
    public int Sessions { get; set; }

    public bool IsEmpty => (Events, Logs, Sessions) is (0, 0, 0);
}
