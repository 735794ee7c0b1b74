using System.Runtime.CompilerServices;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Audit;
using AgentOrchestrator.Postgres.Audit;
using AgentOrchestrator.Postgres.Hints;
using AgentOrchestrator.Protocol;
using Npgsql;

namespace AgentOrchestrator.Postgres;

/// <summary>The connections of one process to its database, and the one way in which stores read and write.</summary>
sealed class PostgresDatabase : IDatabase
{
    /// <summary>Tries of one transaction that lost a race, each of which committed nothing.</summary>
    const int MaxTries = 10;

    /// <summary>Tries on connections that turned out to be dead, as all in the pool are after the database restarted.</summary>
    const int MaxConnections = 3;

    readonly string _node = Ids.New("node_", 12);
    readonly NpgsqlDataSource _source;
    readonly TimeProvider _time;
    readonly CommitOrder _order;
    readonly HintSender _hints;
    readonly HintListener _listener;

    public PostgresDatabase(NpgsqlDataSource source, IChangeSink sink, TimeProvider time)
    {
        _source = source;
        _time = time;
        _hints = new HintSender(source, _node, time);
        _listener = new HintListener(this, source, _node, sink, time);
        _order = new CommitOrder(changes =>
        {
            sink.Committed(changes);
            _hints.Add(changes);
        });
    }

    /// <summary>Tells this process from the others on the database, those before it too.</summary>
    public string Node => _node;

    /// <summary>The time that tests set; null where the database's clock counts, which all nodes share.</summary>
    public DateTimeOffset? TestTime => _time == TimeProvider.System ? null : WireTime.Truncate(_time.GetUtcNow());

    long? IDatabase.LogBytes => null;

    // Its own server looks after its disk.
    public Task<ProductException> Failure { get; } = new TaskCompletionSource<ProductException>().Task;

    public async Task OpenAsync(CancellationToken cancel)
    {
        try
        {
            await RequireDurabilityAsync(cancel).ConfigureAwait(false);
            await Schema.MigrateAsync(_source, cancel).ConfigureAwait(false);
            await _listener.StartAsync(cancel).ConfigureAwait(false);
            _hints.Start();
        }
        catch (Exception failure) when (Failures.Say(failure) is { } said)
        {
            throw said;
        }
    }

    /// <summary>Also a trouble: a node that no longer hears or tells. Its feeds lag, so it should be started again.</summary>
    public async Task<ProductException?> FindTroubleAsync(CancellationToken cancel)
    {
        if (_hints.HasFailed || _listener.HasFailed)
        {
            return new ProductException(ErrorCode.Unavailable, "This server no longer hears of what others write; start it again");
        }

        try
        {
            return await ReadAsync(
                reads => reads.FirstAsync(new Statement("SELECT current_setting('transaction_read_only') = 'off'"), row => row.GetBoolean(0)),
                cancel).ConfigureAwait(false)
                ? null
                : new ProductException(ErrorCode.Unavailable, "The database takes reads only; try again, or name the one that takes writes");
        }
        catch (ProductException trouble)
        {
            return trouble;
        }
    }

    /// <summary>Reads outside of a transaction.</summary>
    public async Task<T> ReadAsync<T>(Func<Tx, Task<T>> read, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            var isConnected = false;
            try
            {
                await using var connection = await _source.OpenConnectionAsync(cancel).ConfigureAwait(false);
                isConnected = true;
                return await read(new Tx(connection, place: null, TestTime, cancel)).ConfigureAwait(false);
            }
            catch (Exception failure) when (isConnected && attempt < MaxConnections && Failures.IsConnection(failure))
            {
                // Read again on another connection.
            }
            catch (Exception failure) when (Failures.Say(failure) is { } said)
            {
                throw said;
            }
        }
    }

    public async IAsyncEnumerable<T> StreamAsync<T>(
        Statement statement, Func<NpgsqlDataReader, T> read, [EnumeratorCancellation] CancellationToken cancel)
    {
        await using var connection = await OpenConnectionAsync(cancel).ConfigureAwait(false);
        var batch = new NpgsqlBatch(connection) { BatchCommands = { statement.Command } };
        await using var reader = await SaidAsync(batch.ExecuteReaderAsync(cancel)).ConfigureAwait(false);
        while (await SaidAsync(reader.ReadAsync(cancel)).ConfigureAwait(false))
        {
            yield return read(reader);
        }
    }

    /// <summary>Runs the work in one transaction, again when it lost a race, and tells its changes once it has committed.</summary>
    public Task<T> WriteAsync<T>(Func<Tx, Task<T>> work, CancellationToken cancel) =>
        AuditIntent.Current is { } intent ? KeepAsync(intent, work, cancel) : WriteOnceAsync(work, cancel);

    /// <summary>Writes what is no part of the act that is going on: its entry in the audit does not come with it.</summary>
    public Task<T> WriteApartAsync<T>(Func<Tx, Task<T>> work, CancellationToken cancel) => WriteOnceAsync(work, cancel);

    async Task<T> KeepAsync<T>(AuditIntent intent, Func<Tx, Task<T>> work, CancellationToken cancel)
    {
        var (result, before, after) = await WriteOnceAsync(
            async tx =>
            {
                var before = intent.IsKept ? intent.Before : await AuditStates.ReadAsync(tx, intent.Org, intent.About).ConfigureAwait(false);
                var done = await work(tx).ConfigureAwait(false);
                return (done, before, await AuditRows.KeepAsync(tx, intent, Node, before, intent.About ?? AuditObject.Made(tx.Changes)).ConfigureAwait(false));
            },
            cancel).ConfigureAwait(false);
        intent.Keep(before, after);
        return result;
    }

    async Task<T> WriteOnceAsync<T>(Func<Tx, Task<T>> work, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            var place = _order.Open();
            IReadOnlyList<Change> committed = [];
            var isUncommitted = false;
            try
            {
                await using var connection = await _source.OpenConnectionAsync(cancel).ConfigureAwait(false);
                isUncommitted = true;
                await using var transaction = await connection.BeginTransactionAsync(cancel).ConfigureAwait(false);
                var tx = new Tx(connection, place, TestTime, cancel);
                var result = await work(tx).ConfigureAwait(false);
                // From here on a failure leaves it open whether it took effect; so nothing is tried again, and no cancellation cuts it.
                isUncommitted = false;
                CrashPoint.Reach(CrashPoint.ServerWritten);
                await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
                CrashPoint.Reach(CrashPoint.ServerCommitted);
                committed = tx.Changes;
                return result;
            }
            catch (Exception failure) when (attempt < MaxTries && Failures.IsContention(failure))
            {
                // The database rolled it back; again from the start.
            }
            catch (Exception failure) when (isUncommitted && attempt < MaxConnections && Failures.IsConnection(failure))
            {
                // Nothing was committed; again on another connection.
            }
            catch (Exception failure) when (Failures.Say(failure) is { } said)
            {
                throw said;
            }
            finally
            {
                place.Close(committed);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync().ConfigureAwait(false);
        await _hints.DisposeAsync().ConfigureAwait(false);
        await _source.DisposeAsync().ConfigureAwait(false);
    }

    // What is acknowledged must be on disk; with this setting off it would be there a moment later.
    async Task RequireDurabilityAsync(CancellationToken cancel)
    {
        var isDurable = await ReadAsync(
            reads => reads.FirstAsync(
                new Statement("SELECT current_setting('synchronous_commit') <> 'off' AND current_setting('fsync') <> 'off'"),
                row => row.GetBoolean(0)),
            cancel).ConfigureAwait(false);
        if (!isDurable)
        {
            throw new ProductException(
                ErrorCode.Unavailable,
                "The database acknowledges what is not yet on disk: synchronous_commit or fsync is off; turn them on, then start again");
        }
    }

    async Task<NpgsqlConnection> OpenConnectionAsync(CancellationToken cancel) =>
        await SaidAsync(_source.OpenConnectionAsync(cancel)).ConfigureAwait(false);

    static async Task<T> SaidAsync<T>(ValueTask<T> task) => await SaidAsync(task.AsTask()).ConfigureAwait(false);

    static async Task<T> SaidAsync<T>(Task<T> task)
    {
        try
        {
            return await task.ConfigureAwait(false);
        }
        catch (Exception failure) when (Failures.Say(failure) is { } said)
        {
            throw said;
        }
    }
}
