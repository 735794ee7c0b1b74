using AgentOrchestrator.Protocol;
using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>Does what runs wait for time to bring: the end of a delay, of a queue time-out, of a time-out.</summary>
/// <remarks>Instants are stored, so a restart forgets none. It sleeps until the next one, which a commit may bring forward; no table is scanned.</remarks>
public sealed partial class RunClock(
    IRunStore runs, ClockWatch clock, CoordinatorOptions options, TimeProvider time, ILogger<RunClock> log) : IDisposable
{
    const int BatchSize = 100;

    static readonly TimeSpan s_retry = TimeSpan.FromSeconds(2);

    readonly SemaphoreSlim _sooner = new(0, 1);
    readonly Lock _lock = new();
    // A time stamp, as the clock may be moved while it sleeps.
    long _alarm = long.MaxValue;

    /// <summary>Told of every committed change, on the committing thread.</summary>
    public void Note(IReadOnlyList<Change> changes)
    {
        foreach (var change in changes)
        {
            if (change is RunChanged { Run: { DueAt: { } due, CompletedAt: null } })
            {
                BringForward(due - time.GetUtcNow());
            }
        }
    }

    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                var pause = await TryTakeDueAsync(stop).ConfigureAwait(false);
                if (pause > TimeSpan.Zero)
                {
                    await SleepAsync(pause, stop).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end of every loop.
        }
    }

    public void Dispose() => _sooner.Dispose();

    async Task<TimeSpan> TryTakeDueAsync(CancellationToken stop)
    {
        // Before the table is read: what commits after it brings the alarm forward again.
        SetAlarm(long.MaxValue);
        try
        {
            if (!await clock.TrySettleAsync(stop).ConfigureAwait(false))
            {
                return s_retry;
            }

            var done = await runs.TakeDueAsync(BatchSize, stop).ConfigureAwait(false);
            if (done.Released + done.TimedOut + done.Expired > 0)
            {
                LogDone(done.Released, done.TimedOut, done.Expired);
            }

            return done.Next < options.DueRescan ? done.Next.Value : options.DueRescan;
        }
        catch (ProductException known) when (known.Code is ErrorCode.Unavailable or ErrorCode.Timeout or ErrorCode.StorageFull)
        {
            LogPostponed(known);
            return s_retry;
        }
    }

    async Task SleepAsync(TimeSpan pause, CancellationToken stop)
    {
        BringForward(pause);
        while (true)
        {
            TimeSpan left;
            lock (_lock)
            {
                left = time.GetElapsedTime(time.GetTimestamp(), _alarm);
            }

            if (left <= TimeSpan.Zero)
            {
                return;
            }

            // Up to the next millisecond, so that a timer which rings early finds nothing and sleeps again.
            using var sleep = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var rings = Task.Delay(left + TimeSpan.FromMilliseconds(1), time, sleep.Token);
            var sooner = _sooner.WaitAsync(sleep.Token);
            await Task.WhenAny(rings, sooner).ConfigureAwait(false);
            await sleep.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(rings, sooner).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stop.ThrowIfCancellationRequested();
        }
    }

    void BringForward(TimeSpan left)
    {
        var alarm = time.GetTimestamp() + (long)(left.TotalSeconds * time.TimestampFrequency);
        lock (_lock)
        {
            if (alarm >= _alarm)
            {
                return;
            }

            _alarm = alarm;
            if (_sooner.CurrentCount == 0)
            {
                _sooner.Release();
            }
        }
    }

    void SetAlarm(long alarm)
    {
        lock (_lock)
        {
            _alarm = alarm;
        }
    }

    [LoggerMessage(LogLevel.Information, "Due: {Released} delayed runs entered the queue, {TimedOut} passed their time-out, {Expired} were not claimed in time")]
    partial void LogDone(int released, int timedOut, int expired);

    [LoggerMessage(LogLevel.Warning, "What is due could not be done and will be tried again")]
    partial void LogPostponed(Exception error);
}
