using AgentOrchestrator.Protocol;
using AgentOrchestrator.Runner.Processes;
using AgentOrchestrator.Runner.Processes.Containers;

namespace AgentOrchestrator.Runner.Keeper;

/// <summary>The program of one run inside the keeper: its output on the disk, its deadline, its end.</summary>
sealed class KeptRun : IDisposable
{
    const int ReadBytes = 32 * 1024;

    readonly Lock _lock = new();
    readonly KeptFolder _folder;
    readonly ChildProcess _process;
    readonly RingFile _output;
    readonly Func<KeptRun, Task> _sweep;
    readonly CancellationTokenSource _killed = new();
    TaskCompletionSource _changed = NewSignal();
    TimeSpan _deadline;
    long _written;
    long _consumed;
    EndCause _cause;
    Task<ProcessSignal> _stop = Task.FromResult(ProcessSignal.SIGKILL);
    KeptEnd? _end;

    KeptRun(KeptFolder folder, ChildProcess process, KeeperMessage.Spawn spawn, Func<KeptRun, Task> sweep)
    {
        _folder = folder;
        _process = process;
        _deadline = spawn.Deadline;
        _sweep = sweep;
        _output = new RingFile(folder.OutputFile, spawn.MaxKeptBytes, FileAccess.Write);
        Over = FollowAsync();
    }

    /// <summary>Completes when nothing is left of it and its end is told to whoever is connected.</summary>
    public Task Over { get; }

    /// <summary>Whether its program has not ended yet.</summary>
    public bool IsAlive => !_process.Exit.IsCompleted;

    public int ProcessId => _process.Id;

    /// <param name="sweep">Ends what the container could not hold, before the end is told.</param>
    /// <exception cref="ProductException">It cannot be started.</exception>
    /// <exception cref="IOException">Nothing can be kept on the disk.</exception>
    public static KeptRun Start(KeeperMessage.Spawn spawn, Containment containment, Func<KeptRun, Task> sweep)
    {
        var folder = new KeptFolder(spawn.Folder);
        if (Directory.Exists(folder.Path))
        {
            throw new ProductException(ErrorCode.NotPossible, $"{spawn.Key} was started before");
        }

        CrashPoint.Reach(CrashPoint.KeeperAsked);
        var process = ChildProcess.Start(spawn.Program, token =>
        {
            folder.WriteGroups(containment.FolderOf(token), containment.LimitFoldersOf(token));
            CrashPoint.Reach(CrashPoint.KeeperGrouped);
            return containment.Create(token, spawn.Program.Limits);
        });
        CrashPoint.Reach(CrashPoint.KeeperSpawned);
        return new KeptRun(folder, process, spawn, sweep);
    }

    /// <summary>Speaks with a runner until it goes or releases the run.</summary>
    /// <returns>True when the run is released.</returns>
    public async Task<bool> ServeAsync(KeeperConnection runner)
    {
        long from;
        lock (_lock)
        {
            from = _consumed = Math.Max(0, _written - _output.Capacity);
        }

        using var gone = new CancellationTokenSource();
        var telling = TellAsync(runner, from, gone.Token);
        try
        {
            return await ListenAsync(runner).ConfigureAwait(false);
        }
        finally
        {
            await gone.CancelAsync().ConfigureAwait(false);
            await telling.ConfigureAwait(false);
        }
    }

    public Task KillIfPastAsync(TimeSpan now)
    {
        lock (_lock)
        {
            if (now < _deadline || _end is not null)
            {
                return Task.CompletedTask;
            }
        }

        return KillAsync(EndCause.LeaseEnded);
    }

    /// <summary>A program that came up against a limit is ended: what it does from there on is chance.</summary>
    public Task KillIfOverLimitAsync() => _process.LimitMet is { } met && IsAlive ? KillAsync(CauseOf(met)) : Task.CompletedTask;

    /// <summary>Ends it at once, with all that it started.</summary>
    public async Task KillAsync(EndCause cause)
    {
        NoteCause(cause);
        await _killed.CancelAsync().ConfigureAwait(false);
        await _process.StopAsync(ProcessSignal.SIGKILL, TimeSpan.Zero).ConfigureAwait(false);
    }

    /// <summary>To be called when it is over and nobody speaks of it any more.</summary>
    public void Dispose()
    {
        _killed.Dispose();
        _output.Dispose();
    }

    static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    async Task<bool> ListenAsync(KeeperConnection runner)
    {
        while (await runner.ReceiveAsync(CancellationToken.None).ConfigureAwait(false) is { } message)
        {
            switch (message)
            {
                case KeeperMessage.Consumed consumed:
                    Change(() => _consumed = Math.Max(_consumed, consumed.Position));
                    break;
                case KeeperMessage.Extend extend:
                    Change(() => _deadline = extend.Deadline > _deadline ? extend.Deadline : _deadline);
                    break;
                case KeeperMessage.Stop stop:
                    NoteCause(EndCause.Stopped);
                    _stop = StopAsync(stop);
                    break;
                case KeeperMessage.Release:
                    return true;
                default:
                    throw new InvalidDataException($"{message.GetType().Name} is not said here.");
            }
        }

        return false;
    }

    async Task<ProcessSignal> StopAsync(KeeperMessage.Stop stop)
    {
        // Whoever stops it may not read on: what finds no room any more is dropped.
        _killed.CancelAfter(stop.Grace);
        return await _process.StopAsync(stop.First, stop.Grace).ConfigureAwait(false);
    }

    async Task TellAsync(KeeperConnection runner, long from, CancellationToken gone)
    {
        var isThere = await runner.SendAsync(new KeeperMessage.Started(_process.Id, from, _output.Capacity)).ConfigureAwait(false);
        for (var told = -1L; isThere;)
        {
            Task change;
            long written;
            KeptEnd? end;
            lock (_lock)
            {
                (change, written, end) = (_changed.Task, _written, _end);
            }

            if (written != told)
            {
                isThere = await runner.SendAsync(new KeeperMessage.Output(told = written)).ConfigureAwait(false);
            }
            else if (end is not null)
            {
                await runner.SendAsync(new KeeperMessage.Ended(end)).ConfigureAwait(false);
                return;
            }
            else
            {
                await change.WaitAsync(gone).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                isThere = !gone.IsCancellationRequested;
            }
        }
    }

    async Task FollowAsync()
    {
        await KeepOutputAsync().ConfigureAwait(false);
        var exit = await _process.Exit.ConfigureAwait(false);
        NoteLimit();
        await _sweep(this).ConfigureAwait(false);
        var strongest = await _stop.ConfigureAwait(false);
        CrashPoint.Reach(CrashPoint.KeeperProgramEnded);
        var end = new KeptEnd(exit.Code, _cause, strongest, _written, _process.ErrorTail);
        try
        {
            _folder.WriteEnd(end);
            CrashPoint.Reach(CrashPoint.KeeperEndRecorded);
        }
        catch (IOException)
        {
            // Told all the same to the runner that is there; the next one would find it lost.
        }

        _output.Dispose();
        await _process.DisposeAsync().ConfigureAwait(false);
        Change(() => _end = end);
    }

    async Task KeepOutputAsync()
    {
        var buffer = new byte[ReadBytes];
        int read;
        while ((read = await _process.ReadAsync(buffer, CancellationToken.None).ConfigureAwait(false)) > 0)
        {
            if (!await HasRoomAsync(read).ConfigureAwait(false))
            {
                continue;
            }

            try
            {
                _output.Write(buffer.AsSpan(0, read), _written);
                CrashPoint.Reach(CrashPoint.KeeperOutputKept);
                Change(() => _written += read);
            }
            catch (IOException)
            {
                await KillAsync(EndCause.NoRoom).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits for the reader.</summary>
    /// <returns>False when the program is being ended and nobody makes room.</returns>
    async Task<bool> HasRoomAsync(int bytes)
    {
        while (true)
        {
            Task change;
            lock (_lock)
            {
                if (_written + bytes - _consumed <= _output.Capacity)
                {
                    return true;
                }

                change = _changed.Task;
            }

            if (_killed.IsCancellationRequested)
            {
                return false;
            }

            await change.WaitAsync(_killed.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The kernel may have ended it before anybody looked.</summary>
    void NoteLimit()
    {
        lock (_lock)
        {
            if (_cause is EndCause.Own && _process.LimitMet is { } met)
            {
                _cause = CauseOf(met);
            }
        }
    }

    static EndCause CauseOf(LimitKind met) => met is LimitKind.Memory ? EndCause.MemoryLimit : EndCause.ProcessLimit;

    void NoteCause(EndCause cause)
    {
        lock (_lock)
        {
            if (_cause is EndCause.Own && !_process.Exit.IsCompleted)
            {
                _cause = cause;
            }
        }
    }

    void Change(Action change)
    {
        lock (_lock)
        {
            change();
            _changed.TrySetResult();
            _changed = NewSignal();
        }
    }
}
