using System.Collections.Concurrent;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Runner.Attempts;
using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Runner;

/// <summary>Polls for runs, keeps their leases alive, passes on stops; until it is shut down or there is no use in going on.</summary>
sealed partial class RunnerLoop(
    StateFolder state, CoordinatorLink link, CoordinatorApi api, AttemptCourse course, RunnerOptions options, TimeProvider time, ILogger<RunnerLoop> log)
{
    static readonly TimeSpan s_pollMargin = TimeSpan.FromSeconds(5);
    static readonly TimeSpan s_diskPause = TimeSpan.FromSeconds(10);
    static readonly TimeSpan s_atOnce = TimeSpan.FromSeconds(1);
    static readonly TimeSpan s_longLease = TimeSpan.FromMinutes(1);

    readonly ConcurrentDictionary<Attempt, Task> _attempts = new();
    readonly ServerAbsence _absence = new(options);
    volatile bool _isDiskBroken;
    TimeSpan? _rejectedSince;

    public async Task<RunnerExit> RunAsync(CancellationToken shutdown)
    {
        var leftEnded = Recover();
        using var ended = new CancellationTokenSource();
        var renewing = RenewAsync(ended.Token);
        var working = WorkAsync(leftEnded, shutdown);

        // Renewing ends first only by a fault of ours: then the runner ends too, rather than go on with leases that run out.
        await (await Task.WhenAny(working, renewing).ConfigureAwait(false)).ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
        await renewing.ConfigureAwait(false);
        return await working.ConfigureAwait(false);
    }

    async Task<RunnerExit> WorkAsync(Task leftEnded, CancellationToken shutdown)
    {
        // A fault of it is told by the attempt that it belongs to.
        await leftEnded.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var exit = await PollAsync(shutdown).ConfigureAwait(false);
        LogLeaving(exit, _attempts.Count);
        await LeaveAsync(shutdown).ConfigureAwait(false);
        return exit;
    }

    /// <summary>Claims runs until there is a reason not to.</summary>
    async Task<RunnerExit> PollAsync(CancellationToken shutdown)
    {
        var failures = 0;
        try
        {
            while (true)
            {
                try
                {
                    if (!state.HasRoom(options.MinFreeBytes))
                    {
                        LogFull(options.StateDirectory, options.MinFreeBytes);
                        await Task.Delay(s_diskPause, time, shutdown).ConfigureAwait(false);
                        continue;
                    }

                    var askedAt = time.GetTimestamp();
                    var answer = await link.AskAsync(registered => api.PollAsync(registered.RunnerId, state.InstanceId, Patience(registered), shutdown), shutdown).ConfigureAwait(false);
                    if (answer?.Deregistered is true)
                    {
                        return RunnerExit.Deregistered;
                    }

                    _rejectedSince = null;
                    Handle(answer);

                    // Nothing, and at once: a server on its way down.
                    failures = answer is null && time.GetElapsedTime(askedAt) < s_atOnce ? failures + 1 : 0;
                }
                catch (ProductException e)
                {
                    failures++;
                    if (!link.IsRegistered && !CoordinatorLink.IsOutage(e))
                    {
                        LogRefused(e.Message);
                    }

                    if (Verdict(e) is { } exit && (_attempts.IsEmpty || IsForGood(exit)))
                    {
                        LogGivingUp(exit, e.Message);
                        LeaveAttempts();
                        return exit;
                    }
                }

                if (_isDiskBroken)
                {
                    // Others may take the claim that could not be journaled.
                    _isDiskBroken = false;
                    await Task.Delay(s_diskPause, time, shutdown).ConfigureAwait(false);
                }

                if (failures > 0)
                {
                    await link.PauseAsync(failures, shutdown).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (shutdown.IsCancellationRequested)
        {
            return RunnerExit.Shutdown;
        }
    }

    /// <summary>Whether an idle runner gives up over this error.</summary>
    RunnerExit? Verdict(ProductException error) =>
        link.IsRegistered || CoordinatorLink.IsOutage(error)
            ? link.Silence > options.GiveUpAfter ? RunnerExit.Unreachable : null
            : RunnerExit.Rejected;

    /// <summary>Whether it was rejected for as long as a lease: then nothing is left of what it ran, and no waiting brings the leases back.</summary>
    bool IsForGood(RunnerExit exit)
    {
        if (exit is not RunnerExit.Rejected)
        {
            return false;
        }

        _rejectedSince ??= BootClock.Now;
        return BootClock.Now - _rejectedSince > (link.Known is { } known ? TimeSpan.FromSeconds(known.LeaseSeconds) : s_longLease);
    }

    /// <summary>Ends what is left of them; what is not delivered is left to the next start.</summary>
    void LeaveAttempts()
    {
        foreach (var attempt in _attempts.Keys)
        {
            attempt.Stop(StopCause.Shutdown);
            attempt.Leave();
        }
    }

    TimeSpan Patience(RunnerRegistered registered)
    {
        var held = TimeSpan.FromSeconds(registered.PollTimeoutSeconds);
        return (options.PollTimeout > held ? options.PollTimeout.Value : held) + s_pollMargin;
    }

    void Handle(PollAnswer? answer)
    {
        foreach (var runId in answer?.StopRuns ?? [])
        {
            Stop(runId, StopCause.Asked);
        }

        if (answer is { Run: { } run, Assignment: { } assignment })
        {
            // An older claim of the same run cannot be ours any more.
            Stop(run.RunId, StopCause.LeaseLost);
            LogClaimed(run.RunId, run.SessionName, assignment.Fence);
            Follow(new Attempt(run.RunId, assignment.Fence), attempt => course.RunAsync(attempt, run, assignment));
        }
    }

    /// <summary>What an earlier life of this runner has left: taken over, or else ended, delivered, reported.</summary>
    /// <returns>Ends when nothing is alive any more that was not taken over; the delivery goes on.</returns>
    Task Recover()
    {
        var ends = new List<Task>();
        foreach (var journal in state.Leftovers(LogUnreadable))
        {
            if (journal is { Record: { } record, HasStarted: true })
            {
                var left = course.TakeOverAsync(journal);
                ends.Add(left);
                Follow(new Attempt(record.RunId, record.Fence), async attempt =>
                    await course.GoOnAsync(attempt, journal, await left.ConfigureAwait(false)).ConfigureAwait(false));
            }
            else
            {
                // Nothing was spawned; the server offers the claim again by itself.
                journal.Delete();
            }
        }

        return Task.WhenAll(ends);
    }

    void Follow(Attempt attempt, Func<Attempt, Task> run)
    {
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _attempts[attempt] = FollowAsync();
        begin.SetResult();

        async Task FollowAsync()
        {
            await begin.Task.ConfigureAwait(false);
            try
            {
                await run(attempt).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogDisk(attempt.RunId, options.StateDirectory, e);
                _isDiskBroken = true;
            }
            catch (Exception e)
            {
                // A fault of ours in one run must not end the others. It is not renewed any more, so the server ends it as lost.
                LogBroken(attempt.RunId, e);
            }
            finally
            {
                _attempts.TryRemove(attempt, out _);
                attempt.Dispose();
            }
        }
    }

    void Stop(string runId, StopCause cause)
    {
        foreach (var attempt in _attempts.Keys.Where(a => a.RunId == runId))
        {
            attempt.Stop(cause);
        }
    }

    /// <summary>Renews the leases of all that is not yet acknowledged as ended.</summary>
    async Task RenewAsync(CancellationToken ended)
    {
        var failures = 0;
        try
        {
            while (true)
            {
                try
                {
                    var interval = await link.AskAsync(registered => RenewOnceAsync(registered, ended), ended).ConfigureAwait(false);
                    failures = 0;
                    await Task.Delay(interval, time, ended).ConfigureAwait(false);
                }
                catch (ProductException e)
                {
                    if (!CoordinatorLink.IsOutage(e))
                    {
                        LogNotRenewed(e.Message);
                    }

                    await HoldAsync(ended).ConfigureAwait(false);
                    await link.PauseAsync(++failures, ended, link.Known is { } known ? IntervalOf(known) : null).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The runner has left.
        }
    }

    async Task<TimeSpan> RenewOnceAsync(RunnerRegistered registered, CancellationToken cancel)
    {
        var held = _attempts.Keys.Where(a => a.Cause is not StopCause.LeaseLost).ToList();
        var heartbeat = new Heartbeat { RunnerId = registered.RunnerId, InstanceId = state.InstanceId, Runs = [.. held.Select(a => a.Lease)] };
        var askedAt = BootClock.Now;
        // An answer that comes later than this extends nothing.
        var life = options.LifeOf(registered.LeaseSeconds);
        var answer = await api.HeartbeatAsync(heartbeat, life, cancel).ConfigureAwait(false);
        CrashPoint.Reach(CrashPoint.RunnerRenewed);
        foreach (var attempt in held)
        {
            if (answer.LostRuns.Contains(attempt.RunId))
            {
                LogLeaseLost(attempt.RunId);
                attempt.Stop(StopCause.LeaseLost);
                continue;
            }

            attempt.Renew(askedAt + life);
            if (answer.StopRuns.Contains(attempt.RunId))
            {
                attempt.Stop(StopCause.Asked);
            }
        }

        await _absence.NoteAsync(registered, cancel).ConfigureAwait(false);
        return IntervalOf(registered);
    }

    TimeSpan IntervalOf(RunnerRegistered registered)
    {
        var interval = TimeSpan.FromSeconds(Math.Max(1, Math.Min(registered.HeartbeatIntervalSeconds, registered.LeaseSeconds / 3)));
        return options.HeartbeatInterval < interval ? options.HeartbeatInterval.Value : interval;
    }

    /// <summary>Lets programs live on while it is certain that the server does not run, and so can hand no session on.</summary>
    async Task HoldAsync(CancellationToken cancel)
    {
        var seenAt = BootClock.Now;
        if (link.Known is { } known && await _absence.IsShownAsync(IntervalOf(known) / 2, cancel).ConfigureAwait(false))
        {
            foreach (var attempt in _attempts.Keys)
            {
                attempt.Hold(seenAt, options.LifeOf(known.LeaseSeconds));
            }
        }
    }

    /// <summary>
    /// Lets live runs end when it was only removed from the server. At a shutdown it stops them, reports them as failed with reason
    /// <c>shutdown</c>, so that their sessions can be resumed, and leaves to its next start what cannot be delivered in time.
    /// </summary>
    async Task LeaveAsync(CancellationToken shutdown)
    {
        try
        {
            await Task.WhenAll(_attempts.Values).WaitAsync(shutdown).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (shutdown.IsCancellationRequested)
        {
            foreach (var attempt in _attempts.Keys)
            {
                attempt.Stop(StopCause.Shutdown);
            }

            var limit = Task.Delay(options.ShutdownStopLimit + options.FarewellLimit, time, CancellationToken.None);
            await Task.WhenAny(Task.WhenAll(_attempts.Values), limit).ConfigureAwait(false);
        }

        foreach (var attempt in _attempts.Keys)
        {
            attempt.Leave();
        }

        var isClean = _attempts.IsEmpty;
        await Task.WhenAll(_attempts.Values).ConfigureAwait(false);
        if (isClean)
        {
            await link.DeregisterAsync(options.FarewellLimit).ConfigureAwait(false);
        }
    }

    [LoggerMessage(LogLevel.Error, "What an earlier start of this runner began cannot be read and was set aside in {Folder}; the server ends its run as lost")]
    partial void LogUnreadable(string folder, Exception error);

    [LoggerMessage(LogLevel.Information, "Claimed run {RunId} of session {Session}, fence {Fence}")]
    partial void LogClaimed(string runId, string session, long fence);

    [LoggerMessage(LogLevel.Warning, "The lease of run {RunId} is lost: its processes are ended and nothing more is reported")]
    partial void LogLeaseLost(string runId);

    [LoggerMessage(LogLevel.Warning, "Leases were not renewed: {Reason}")]
    partial void LogNotRenewed(string reason);

    [LoggerMessage(LogLevel.Error, "Run {RunId} cannot be journaled or spooled in {Folder}; no run is claimed for 10 s")]
    partial void LogDisk(string runId, string folder, Exception error);

    [LoggerMessage(LogLevel.Error, "The disk of {Folder} has less than {Bytes} bytes free; no run is claimed for 10 s")]
    partial void LogFull(string folder, long bytes);

    [LoggerMessage(LogLevel.Critical, "The course of run {RunId} broke; the server will end it when its lease runs out")]
    partial void LogBroken(string runId, Exception error);

    [LoggerMessage(LogLevel.Error, "The server does not take this runner: {Reason}")]
    partial void LogRefused(string reason);

    [LoggerMessage(LogLevel.Error, "Giving up ({Exit}): {Reason}")]
    partial void LogGivingUp(RunnerExit exit, string reason);

    [LoggerMessage(LogLevel.Information, "Leaving ({Exit}) with {Runs} live runs")]
    partial void LogLeaving(RunnerExit exit, int runs);
}
