using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Postgres.Runs;
using AgentOrchestrator.Postgres.Sessions;
using AgentOrchestrator.Protocol;
using Npgsql;

namespace AgentOrchestrator.Postgres.Hints;

/// <summary>Hears what other nodes committed, over a connection of its own that is proven alive and made again when it breaks.</summary>
sealed class HintListener(
    PostgresDatabase database, NpgsqlDataSource source, string node, IChangeSink sink, TimeProvider time) : IAsyncDisposable
{
    /// <summary>One channel per schema, which is what nodes share.</summary>
    public const string ChannelSql = "left('agent_orchestrator_' || current_schema(), 63)";

    /// <summary>Held, shared, on the listening connection: whoever else holds it is a node that lives. The database lets go of it with the connection.</summary>
    const string NodeLockSql = "hashtextextended('agent-orchestrator node ' || current_schema(), 0)";

    /// <summary>Silence after which the connection must prove that it lives.</summary>
    static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(10);

    /// <summary>How far a look back reaches beyond the last sign of life: longer than any transaction of ours.</summary>
    static readonly TimeSpan s_overlap = TimeSpan.FromMinutes(1);

    static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);

    /// <summary>Of one range. Whoever wants more than that reads the log.</summary>
    const int MaxEntries = 256;

    readonly CancellationTokenSource _stop = new();
    readonly List<string> _heard = [];
    DateTimeOffset _aliveAt;
    bool _missed;
    Task? _listening;

    /// <summary>True after a fault of ours; those of the database are outlived.</summary>
    public bool HasFailed => _listening is { IsFaulted: true };

    /// <summary>Returns when everything that is committed from now on will be heard.</summary>
    public async Task StartAsync(CancellationToken cancel)
    {
        var connection = await ConnectAsync(cancel).ConfigureAwait(false);
        _listening = ListenAsync(connection);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_listening is not null)
        {
            await _listening.ConfigureAwait(false);
        }

        _stop.Dispose();
    }

    /// <summary>Whether another node than this one serves the same schema.</summary>
    public static Task<bool> HasCompanyAsync(Tx reads) => reads.FirstAsync(
        new Statement(
            $"""
            SELECT count(DISTINCT pid) > 1 FROM pg_locks
            WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND ((classid::bigint << 32) | objid::bigint) = {NodeLockSql}
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """),
        row => row.GetBoolean(0));

    async Task ListenAsync(NpgsqlConnection first)
    {
        var connection = first;
        try
        {
            while (true)
            {
                await HearUntilBrokenAsync(connection).ConfigureAwait(false);
                connection = await ReconnectAsync().ConfigureAwait(false);
                _missed = true;
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
        finally
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    async Task HearUntilBrokenAsync(NpgsqlConnection connection)
    {
        try
        {
            while (true)
            {
                if (_missed)
                {
                    await LookBackAsync().ConfigureAwait(false);
                    (_aliveAt, _missed) = (await ClockAsync(connection, _stop.Token).ConfigureAwait(false), false);
                }

                // Notifications also arrive beside the answer of a command, and would otherwise lie until the next.
                if (_heard.Count == 0 && !await connection.WaitAsync(s_heartbeat, _stop.Token).ConfigureAwait(false))
                {
                    _aliveAt = await ClockAsync(connection, _stop.Token).ConfigureAwait(false);
                }

                await TellAsync().ConfigureAwait(false);
            }
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException or ProductException)
        {
            // Closed and made again by the caller.
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    async Task<NpgsqlConnection> ReconnectAsync()
    {
        while (true)
        {
            try
            {
                return await ConnectAsync(_stop.Token).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
            {
                // Also a database that is full of connections, or not yet ready for them: a node must not stay deaf because of that.
                await Task.Delay(s_retry, time, _stop.Token).ConfigureAwait(false);
            }
        }
    }

    async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancel)
    {
        var connection = await source.OpenConnectionAsync(cancel).ConfigureAwait(false);
        connection.Notification += (_, notification) => _heard.Add(notification.Payload);
        await using var channel = new NpgsqlCommand($"SELECT {ChannelSql}", connection);
        var name = (string)(await channel.ExecuteScalarAsync(cancel).ConfigureAwait(false))!;
        await using var listen = new NpgsqlCommand($"LISTEN \"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"", connection);
        await listen.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        await using var alive = new NpgsqlCommand($"SELECT pg_advisory_lock_shared({NodeLockSql})", connection);
        await alive.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        if (_aliveAt == default)
        {
            _aliveAt = await ClockAsync(connection, cancel).ConfigureAwait(false);
        }

        return connection;
    }

    async Task<DateTimeOffset> ClockAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("SELECT clock_timestamp()", connection) { CommandTimeout = 5 };
        var now = new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(cancel).ConfigureAwait(false))!, TimeSpan.Zero);
        return database.TestTime ?? now;
    }

    async Task TellAsync()
    {
        var hints = _heard.Select(payload => Hint.FromPayload(payload, node)).OfType<Hint>().Distinct().ToList();
        _heard.Clear();
        if (hints.Exists(hint => hint.Kind == HintKind.Everything))
        {
            _missed = true;
        }

        var changes = new List<Change>();
        foreach (var hint in hints)
        {
            if (await ChangeOfAsync(hint).ConfigureAwait(false) is { } change)
            {
                changes.Add(change);
            }
        }

        if (changes.Count > 0)
        {
            sink.Heard(changes);
        }
    }

    async Task<Change?> ChangeOfAsync(Hint hint) => hint.Kind switch
    {
        HintKind.LogGrew => await GrownAsync(hint).ConfigureAwait(false),
        HintKind.Session => await SessionAsync(hint).ConfigureAwait(false) is { } session ? new SessionUpdated(session) : null,
        HintKind.SessionCreated => await SessionAsync(hint).ConfigureAwait(false) is { } session ? new SessionCreated(session) : null,
        HintKind.SessionDeleted => new SessionDeleted(hint.Org, hint.Id),
        HintKind.RunClaimable => new RunClaimable(hint.Org, hint.Id, hint.Value.Length == 0 ? null : hint.Value),
        HintKind.Run => await database.ReadAsync(
            reads => reads.FirstAsync(RunRows.Find(hint.Org, hint.Id), RunRows.Read), _stop.Token).ConfigureAwait(false) is { } run
                ? new RunChanged(run)
                : null,
        HintKind.RunnerChanged => new RunnerChanged(hint.Org, hint.Id),
        HintKind.RunnerSignalled => new RunnerSignalled(hint.Org, hint.Id),
        _ => null,
    };

    /// <summary>The entries themselves, read once for all who watch here.</summary>
    async Task<Change?> GrownAsync(Hint hint)
    {
        if (hint.Range is not var (first, last))
        {
            return null;
        }

        if (last - first >= MaxEntries)
        {
            return new LogGrew(hint.Org, hint.Id, last);
        }

        var session = await SessionAsync(hint).ConfigureAwait(false);
        var entries = await database.ReadAsync(
            reads => EventLog.ReadAsync(reads, hint.Org, hint.Id, first - 1, (int)(last - first) + 1), _stop.Token).ConfigureAwait(false);
        return session is null || entries.Count == 0 ? null : new EventsAppended(hint.Org, hint.Id, session.Name, entries);
    }

    Task<Session?> SessionAsync(Hint hint) => database.ReadAsync(
        reads => reads.FirstAsync(
            new Statement($"SELECT {SessionRows.Columns} FROM sessions s WHERE s.org = @org AND s.session_id = @id")
                .Text("org", hint.Org).Text("id", hint.Id),
            SessionRows.Read),
        _stop.Token)!;

    /// <summary>Tells of everything that may have happened unheard: logs, sessions, claimable runs, stops.</summary>
    async Task LookBackAsync()
    {
        var since = _aliveAt - s_overlap;
        var changes = await database.ReadAsync(
            async reads =>
            {
                var sessions = await reads.AllAsync(
                    new Statement($"SELECT {SessionRows.Columns} FROM sessions s WHERE s.changed_at >= @since ORDER BY s.changed_at")
                        .Time("since", since),
                    SessionRows.Read).ConfigureAwait(false);
                var claimable = await reads.AllAsync(
                    new Statement("SELECT org, run_id, executor FROM runs WHERE status = 'pending' AND rank IS NOT NULL ORDER BY rank, place LIMIT 1000"),
                    reader =>
                    {
                        var row = new Row(reader);
                        return new RunClaimable(row.Text(), row.Text(), row.TextOrNull());
                    }).ConfigureAwait(false);
                var signalled = await reads.AllAsync(
                    new Statement("SELECT DISTINCT org, runner_id FROM runs WHERE status = 'stopping'"),
                    row => new RunnerSignalled(row.GetString(0), row.GetString(1))).ConfigureAwait(false);
                return sessions.SelectMany(session => new Change[]
                {
                    new SessionUpdated(session),
                    new LogGrew(session.Org, session.SessionId, session.LastSeq),
                }).Concat(claimable).Concat(signalled).ToList();
            },
            _stop.Token).ConfigureAwait(false);
        if (changes.Count > 0)
        {
            sink.Heard(changes);
        }
    }
}
