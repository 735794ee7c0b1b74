using AgentOrchestrator.Runner.Processes;

namespace AgentOrchestrator.Runner.Keeper;

/// <summary>The runner's end of a program that the keeper holds.</summary>
sealed class KeptProcess : IRunProcess
{
    const int ConsumedStep = 1024 * 1024;

    /// <summary>How long the keeper may take to kill.</summary>
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    readonly Lock _lock = new();
    readonly KeptFolder _folder;
    readonly string _mark;
    readonly KeeperConnection? _keeper;
    readonly RingFile _output;
    readonly TaskCompletionSource<KeptEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Task _listening;
    TaskCompletionSource _changed = NewSignal();
    long _written;
    long _position;
    long _told;

    KeptProcess(KeptFolder folder, string mark, long capacity, long from, KeeperConnection? keeper)
    {
        _folder = folder;
        _mark = mark;
        _keeper = keeper;
        _output = new RingFile(folder.OutputFile, capacity, FileAccess.Read);
        _position = _told = from;
        _listening = keeper is null ? Task.CompletedTask : ListenAsync(keeper);
        Exit = ExitAsync();
    }

    public Task<ProcessExit> Exit { get; }

    /// <summary>Completes when the program has ended, however.</summary>
    public Task<KeptEnd> End => _end.Task;

    public string ErrorTail => _end.Task.IsCompletedSuccessfully ? _end.Task.Result.ErrorTail : "";

    /// <summary>See <see cref="ProcessSpec.MaxLineBytes"/>.</summary>
    public int MaxLineBytes { get; set; } = 1024 * 1024;

    /// <summary>See <see cref="ProcessSpec.ShortensJson"/>.</summary>
    public bool ShortensJson { get; set; }

    /// <param name="mark">The mark of the attempt.</param>
    /// <param name="keeper">The run's own connection, on which <paramref name="started"/> was received.</param>
    public static KeptProcess Follow(KeptFolder folder, string mark, KeeperMessage.Started started, KeeperConnection keeper) =>
        new(folder, mark, started.Capacity, started.From, keeper);

    /// <summary>A program whose end the keeper has written down before it went itself.</summary>
    public static KeptProcess Ended(KeptFolder folder, string mark, KeptEnd end)
    {
        var kept = new FileInfo(folder.OutputFile).Length;
        var process = new KeptProcess(folder, mark, Math.Max(1, kept), end.Written - kept, null) { _written = end.Written };
        process._end.SetResult(end);
        return process;
    }

    public IAsyncEnumerable<OutputLine> ReadLinesAsync(CancellationToken cancel)
    {
        var from = _position;
        var lines = new LineReader(ReadAsync, MaxLineBytes, from, ShortensJson).ReadAllAsync(cancel);

        // The rest of a line whose beginning is not kept any more.
        return from == 0 ? lines : lines.Where(line => line.Position > from);
    }

    /// <summary>The lease was renewed until then.</summary>
    public void Extend(TimeSpan deadline) => _ = _keeper?.SendAsync(new KeeperMessage.Extend(deadline));

    public async Task<ProcessSignal> StopAsync(ProcessSignal first, TimeSpan grace)
    {
        if (_keeper is not null)
        {
            await _keeper.SendAsync(new KeeperMessage.Stop(first, grace)).ConfigureAwait(false);
            if (await Task.WhenAny(End, Task.Delay(grace + s_patience)).ConfigureAwait(false) != End)
            {
                // It stands still: as good as dead, and what it holds is ended without it.
                _keeper.Dispose();
            }
        }

        return (await End.ConfigureAwait(false)).Strongest;
    }

    /// <summary>Its end is journaled: the keeper may forget it.</summary>
    public async Task ReleaseAsync()
    {
        if (_keeper is not null)
        {
            await _keeper.SendAsync(new KeeperMessage.Release()).ConfigureAwait(false);
            _keeper.Dispose();
        }

        await _listening.ConfigureAwait(false);
        _output.Dispose();
    }

    /// <summary>Kills what is left. Its end stays known until it is released.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_end.Task.IsCompleted)
        {
            await StopAsync(ProcessSignal.SIGKILL, TimeSpan.Zero).ConfigureAwait(false);
        }
    }

    static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    async Task<ProcessExit> ExitAsync() => new((await End.ConfigureAwait(false)).ExitCode);

    async Task ListenAsync(KeeperConnection keeper)
    {
        while (!_end.Task.IsCompleted)
        {
            switch (await keeper.ReceiveAsync(CancellationToken.None).ConfigureAwait(false))
            {
                case KeeperMessage.Output output:
                    Change(() => _written = output.Written);
                    break;
                case KeeperMessage.Ended ended:
                    _end.SetResult(ended.End);
                    Change(() => { });
                    break;
                case null:
                    await EndWithoutKeeperAsync().ConfigureAwait(false);
                    break;
            }
        }
    }

    async Task EndWithoutKeeperAsync()
    {
        await _folder.KillGroupAsync().ConfigureAwait(false);
        await ProcessTree.KillAsync(_mark).ConfigureAwait(false);
        _folder.RemoveLimits();
        var end = _folder.ReadEnd() ?? new KeptEnd(137, EndCause.KeeperDied, ProcessSignal.SIGKILL, _written, "");
        _end.SetResult(end);
        Change(() => _written = end.Written);
    }

    async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancel)
    {
        while (true)
        {
            Task change;
            long available;
            bool isOver;
            lock (_lock)
            {
                (change, available, isOver) = (_changed.Task, _written - _position, _end.Task.IsCompleted);
            }

            if (available > 0)
            {
                var read = _output.Read(buffer.Span, _position, available);
                _position += read;
                await TellConsumedAsync().ConfigureAwait(false);
                return read;
            }

            if (isOver)
            {
                return 0;
            }

            await change.WaitAsync(cancel).ConfigureAwait(false);
        }
    }

    async ValueTask TellConsumedAsync()
    {
        if (_position - _told >= Math.Min(ConsumedStep, _output.Capacity / 4) && _keeper is not null)
        {
            _told = _position;
            await _keeper.SendAsync(new KeeperMessage.Consumed(_position)).ConfigureAwait(false);
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
