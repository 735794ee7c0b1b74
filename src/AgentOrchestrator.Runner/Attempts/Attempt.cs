using AgentOrchestrator.Protocol.Runners;

namespace AgentOrchestrator.Runner.Attempts;

/// <summary>Why an execution is told to stop. The first reason stays, except that a lost lease wins over all.</summary>
enum StopCause
{
    None,

    /// <summary>Somebody stopped the run.</summary>
    Asked,

    /// <summary>The runner is shutting down.</summary>
    Shutdown,

    /// <summary>The server has given the run up: end everything, report nothing.</summary>
    LeaseLost,
}

/// <summary>One claimed run while this runner has to do with it: the handle by which the loop stops it.</summary>
sealed class Attempt(string runId, long fence) : IDisposable
{
    readonly Lock _lock = new();
    readonly CancellationTokenSource _stop = new();
    readonly CancellationTokenSource _silence = new();
    Action<TimeSpan>? _renewed;
    bool _isOver;

    public string RunId => runId;

    public RunFence Lease { get; } = new(runId, fence);

    public StopCause Cause { get; private set; }

    /// <summary>Cancelled when the executor must stop, whatever the cause.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>Cancelled when nothing more is to be sent: the lease is lost, or the rest is left to the next start of the runner.</summary>
    public CancellationToken Silence => _silence.Token;

    /// <summary>Until when its program may live, by <see cref="BootClock"/>: a margin before the server may give the session to somebody else.</summary>
    public TimeSpan Deadline { get; private set; }

    /// <summary>The lease was renewed by a request that was sent a lease and a margin before this.</summary>
    public void Renew(TimeSpan deadline)
    {
        Action<TimeSpan>? tell;
        lock (_lock)
        {
            Deadline = deadline > Deadline ? deadline : Deadline;
            tell = _renewed;
        }

        tell?.Invoke(deadline);
    }

    /// <summary>Nobody can have handed the session on at <paramref name="seenAt"/>, unless its program should have been dead by then.</summary>
    /// <param name="life">How long from then on a program may live.</param>
    public void Hold(TimeSpan seenAt, TimeSpan life)
    {
        if (seenAt < Deadline)
        {
            Renew(seenAt + life);
        }
    }

    /// <summary>Tells the deadline that holds now, and each later one.</summary>
    public void WhenRenewed(Action<TimeSpan> tell)
    {
        lock (_lock)
        {
            _renewed = tell;
        }

        tell(Deadline);
    }

    public void Stop(StopCause cause)
    {
        lock (_lock)
        {
            if (Cause is StopCause.None || cause is StopCause.LeaseLost)
            {
                Cause = cause;
            }
        }

        Cancel(_stop);
        if (cause is StopCause.LeaseLost)
        {
            Cancel(_silence);
        }
    }

    /// <summary>What is not delivered yet stays in the journal.</summary>
    public void Leave() => Cancel(_silence);

    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
            _stop.Dispose();
            _silence.Dispose();
        }
    }

    /// <remarks>Its effects run on the pool: whoever tells must not run the executor's reaction.</remarks>
    void Cancel(CancellationTokenSource source)
    {
        lock (_lock)
        {
            if (!_isOver)
            {
                _ = source.CancelAsync();
            }
        }
    }
}
