using System.Collections.Concurrent;
using System.Net.Sockets;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Runner.Processes.Containers;

namespace AgentOrchestrator.Runner.Keeper;

/// <summary>The keeper's life: takes runs from its runner, gives them to the next one, ends what nobody answers for.</summary>
sealed class KeeperServer
{
    static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(200);

    /// <summary>How many ticks there are between two looks at limits.</summary>
    const int LimitTicks = 5;

    readonly Containment _containment;
    readonly TimeSpan _orphanGrace;
    readonly Orphans _orphans;
    readonly Lock _starting = new();
    readonly ConcurrentDictionary<string, KeptRun> _runs = new();
    readonly HashSet<string> _givenUp = [];
    int _runners;
    bool _hadRunner;
    volatile bool _isLeaving;

    public KeeperServer(Containment containment, TimeSpan orphanGrace)
    {
        _containment = containment;
        _orphanGrace = orphanGrace;
        _orphans = new Orphans(id => _runs.Values.Any(run => run.ProcessId == id), _starting);
    }

    /// <summary>Returns when nothing is kept any more and no runner is there.</summary>
    public async Task RunAsync(Socket listener)
    {
        Orphans.Adopt();
        var accepting = AcceptAsync(listener);
        await WatchAsync().ConfigureAwait(false);
        _isLeaving = true;
        listener.Dispose();
        await accepting.ConfigureAwait(false);
        await Task.WhenAll(_runs.Values.Select(run => run.KillAsync(EndCause.Orphaned))).ConfigureAwait(false);
        await Task.WhenAll(_runs.Values.Select(run => run.Over)).ConfigureAwait(false);
        await _orphans.KillAsync().ConfigureAwait(false);
    }

    /// <summary>Ends all and leaves, unless a runner is there: then it decides.</summary>
    public void Leave()
    {
        lock (_starting)
        {
            _isLeaving |= _runners == 0;
        }
    }

    bool IsBusy => _runs.Values.Any(run => !run.Over.IsCompleted);

    async Task WatchAsync()
    {
        TimeSpan? aloneSince = BootClock.Now;
        for (var tick = 0; !_isLeaving; tick++)
        {
            await Task.Delay(s_tick).ConfigureAwait(false);
            var now = BootClock.Now;
            foreach (var run in _runs.Values)
            {
                _ = run.KillIfPastAsync(now);
                _ = tick % LimitTicks == 0 ? run.KillIfOverLimitAsync() : Task.CompletedTask;
            }

            _orphans.Reap();
            lock (_starting)
            {
                aloneSince = _runners > 0 ? null : aloneSince ?? now;
                _isLeaving |= aloneSince is { } since && ((_hadRunner && !IsBusy) || now - since > _orphanGrace);
            }
        }
    }

    async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(new KeeperConnection(await listener.AcceptAsync().ConfigureAwait(false)));
            }
        }
        catch (Exception e) when (_isLeaving && e is SocketException or ObjectDisposedException)
        {
            // The listener is closed on purpose.
        }
    }

    async Task ServeAsync(KeeperConnection connection)
    {
        using var open = connection;
        switch (await connection.ReceiveAsync(CancellationToken.None).ConfigureAwait(false))
        {
            case KeeperMessage.Hello: await ServeRunnerAsync(connection).ConfigureAwait(false); break;
            case KeeperMessage.Spawn spawn: await StartAsync(connection, spawn).ConfigureAwait(false); break;
            case KeeperMessage.Adopt adopt: await AdoptAsync(connection, adopt.Key).ConfigureAwait(false); break;
        }
    }

    async Task ServeRunnerAsync(KeeperConnection connection)
    {
        lock (_starting)
        {
            if (_isLeaving)
            {
                // Not welcomed: the runner starts another keeper.
                return;
            }

            _runners++;
            _hadRunner = true;
        }

        await connection.SendAsync(new KeeperMessage.Welcome(Environment.ProcessId, $"{_containment.Detail}; {_containment.Limits.Detail}")).ConfigureAwait(false);
        await connection.ReceiveAsync(CancellationToken.None).ConfigureAwait(false);
        lock (_starting)
        {
            _runners--;
        }
    }

    async Task StartAsync(KeeperConnection connection, KeeperMessage.Spawn spawn)
    {
        KeptRun run;
        try
        {
            lock (_starting)
            {
                if (_givenUp.Contains(spawn.Key))
                {
                    throw new ProductException(ErrorCode.NotPossible, $"{spawn.Key} was given up before it was started");
                }

                run = _runs[spawn.Key] = KeptRun.Start(spawn, _containment, SweepAsync);
            }
        }
        catch (Exception e) when (e is ProductException or IOException or UnauthorizedAccessException)
        {
            await connection.SendAsync(new KeeperMessage.Refused(e.Message)).ConfigureAwait(false);
            return;
        }

        await ServeAsync(connection, spawn.Key, run).ConfigureAwait(false);
    }

    async Task AdoptAsync(KeeperConnection connection, string key)
    {
        KeptRun? run;
        lock (_starting)
        {
            if (!_runs.TryGetValue(key, out run))
            {
                // Its runner now reports it as lost: a request of an earlier runner that comes late must not start it.
                _givenUp.Add(key);
            }
        }

        if (run is not null)
        {
            await ServeAsync(connection, key, run).ConfigureAwait(false);
        }
        else
        {
            await connection.SendAsync(new KeeperMessage.Refused("it is not kept here")).ConfigureAwait(false);
        }
    }

    async Task ServeAsync(KeeperConnection connection, string key, KeptRun run)
    {
        if (await run.ServeAsync(connection).ConfigureAwait(false))
        {
            if (!run.Over.IsCompleted)
            {
                await run.KillAsync(EndCause.Orphaned).ConfigureAwait(false);
            }

            await run.Over.ConfigureAwait(false);
            CrashPoint.Reach(CrashPoint.KeeperReleased);
            if (_runs.TryRemove(key, out _))
            {
                run.Dispose();
            }
        }
    }

    /// <summary>Without a real container, what dropped its marks cannot be told from what another live run started.</summary>
    async Task SweepAsync(KeptRun ended)
    {
        if (_containment.Kind is ContainerKind.Marks && !_runs.Values.Any(run => run != ended && run.IsAlive))
        {
            await _orphans.KillAsync().ConfigureAwait(false);
        }
    }
}
