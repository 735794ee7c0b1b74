using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>Sees that the clock was moved, and lets deadlines follow it, before anything ends because of them.</summary>
/// <remarks>
/// Deadlines are stored as instants of the database's clock, so that every node and every later start knows them. Between two looks that
/// clock must go on as far as this process's own, which nobody can move. See docs/decisions/0032.
/// </remarks>
public sealed partial class ClockWatch(IRunStore runs, TimeProvider time, ILogger<ClockWatch> log) : IDisposable
{
    // Less than that is left alone: no deadline is as exact.
    static readonly TimeSpan s_tolerance = TimeSpan.FromSeconds(5);

    // An answer that took longer says too little about when the clock stood so.
    static readonly TimeSpan s_longestLook = TimeSpan.FromSeconds(1);

    readonly SemaphoreSlim _one = new(1, 1);
    (DateTimeOffset Clock, long Before, long After)? _last;

    /// <summary>To be called before each act on a deadline.</summary>
    /// <returns>False when it cannot be told just now whether the clock was moved: try again before acting.</returns>
    public async Task<bool> TrySettleAsync(CancellationToken cancel)
    {
        await _one.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            var before = time.GetTimestamp();
            var clock = await runs.ReadClockAsync(cancel).ConfigureAwait(false);
            var after = time.GetTimestamp();
            if (time.GetElapsedTime(before, after) > s_longestLook)
            {
                return false;
            }

            if (_last is { } last)
            {
                // The two looks lie at least as far apart as between, and at most as far as around.
                var between = time.GetElapsedTime(last.After, before);
                var around = time.GetElapsedTime(last.Before, after);
                var by = clock - last.Clock - between;
                if (by < -s_tolerance || by - (around - between) > s_tolerance)
                {
                    LogMoved(by);
                    await runs.FollowClockAsync(new ClockJump(by, clock - around), cancel).ConfigureAwait(false);
                }
            }

            _last = (clock, before, after);
            return true;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    [LoggerMessage(LogLevel.Warning, "The clock was moved by {By}: time-outs follow it, and every lease begins anew")]
    partial void LogMoved(TimeSpan by);
}
