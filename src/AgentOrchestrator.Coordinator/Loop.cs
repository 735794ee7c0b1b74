using System.Security.Cryptography;
using AgentOrchestrator.Protocol;
using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Coordinator;

/// <summary>The one shape of background work: rounds at an interval, with a jittered start.</summary>
/// <remarks>A database that cannot serve makes it slower, never ends it; any other failure escapes and ends the host.</remarks>
public abstract partial class Loop(TimeSpan interval, TimeProvider time, ILogger log)
{
    static readonly TimeSpan s_longestBackoff = TimeSpan.FromMinutes(1);

    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await Task.Delay(interval * (RandomNumberGenerator.GetInt32(1_000) / 1_000d), time, stop).ConfigureAwait(false);
            using var timer = new PeriodicTimer(interval, time);
            var failures = 0;
            do
            {
                failures = await TryRoundAsync(failures, stop).ConfigureAwait(false);
                if (failures > 0)
                {
                    var backoff = interval * Math.Pow(2, Math.Min(failures, 10));
                    await Task.Delay(backoff < s_longestBackoff ? backoff : s_longestBackoff, time, stop).ConfigureAwait(false);
                }
            }
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end of every loop.
        }
    }

    /// <summary>One round; what it did, null for nothing.</summary>
    protected abstract Task<object?> RoundAsync(CancellationToken cancel);

    async Task<int> TryRoundAsync(int failures, CancellationToken stop)
    {
        try
        {
            if (await RoundAsync(stop).ConfigureAwait(false) is { } counts)
            {
                LogRound(log, GetType().Name, counts);
            }

            return 0;
        }
        catch (ProductException known) when (known.Code is ErrorCode.Unavailable or ErrorCode.Timeout or ErrorCode.StorageFull)
        {
            LogPostponed(log, known, GetType().Name);
            return failures + 1;
        }
    }

    [LoggerMessage(LogLevel.Information, "{Loop} did a round: {Counts}")]
    static partial void LogRound(ILogger log, string loop, object counts);

    [LoggerMessage(LogLevel.Warning, "{Loop} could not do its round and will try again")]
    static partial void LogPostponed(ILogger log, Exception error, string loop);
}
