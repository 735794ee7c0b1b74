using AgentOrchestrator.Coordinator;
using Npgsql;

namespace AgentOrchestrator.Postgres;

/// <summary>One transaction: its statements, its clock, and what it will have changed. Without a place: reads only.</summary>
/// <remarks>
/// Rows are locked in one order, so that two transactions never wait for each other: idempotency key, runner,
/// sessions by id, then runs. A run's status is written only by who holds its session's row.
/// </remarks>
sealed class Tx(NpgsqlConnection connection, CommitOrder.Place? place, DateTimeOffset? now, CancellationToken cancel)
{
    readonly List<Change> _changes = [];
    DateTimeOffset? _now = now;

    /// <summary>The database's time at the first statement, or the time that tests set.</summary>
    public DateTimeOffset Now => _now ?? throw new InvalidOperationException("The clock is read with the first statement of a transaction.");

    /// <summary>For a transaction's first statement, which asks the database where this is null.</summary>
    public DateTimeOffset? NowOrNull => _now;

    public IReadOnlyList<Change> Changes => _changes;

    public void Changed(Change change) => _changes.Add(change);

    /// <summary>Says that this transaction holds the session's row lock.</summary>
    public void Holds(string org, string sessionId) => place?.Join(org, sessionId);

    public async Task<int> ExecuteAsync(params Statement[] statements)
    {
        await using var reader = await OpenAsync(statements).ConfigureAwait(false);
        while (await reader.NextResultAsync(cancel).ConfigureAwait(false))
        {
        }

        return reader.RecordsAffected;
    }

    public async Task<T?> FirstAsync<T>(Statement statement, Func<NpgsqlDataReader, T> read)
    {
        await using var reader = await OpenAsync([statement]).ConfigureAwait(false);
        return await reader.ReadAsync(cancel).ConfigureAwait(false) ? read(reader) : default;
    }

    public async Task<List<T>> AllAsync<T>(Statement statement, Func<NpgsqlDataReader, T> read)
    {
        await using var reader = await OpenAsync([statement]).ConfigureAwait(false);
        return await AllAsync(reader, read).ConfigureAwait(false);
    }

    /// <summary>Two statements in one round trip; the second sees what the first waited for.</summary>
    public async Task<(List<TFirst> First, List<TSecond> Second)> BothAsync<TFirst, TSecond>(
        Statement first, Func<NpgsqlDataReader, TFirst> readFirst, Statement second, Func<NpgsqlDataReader, TSecond> readSecond)
    {
        await using var reader = await OpenAsync([first, second]).ConfigureAwait(false);
        var firsts = await AllAsync(reader, readFirst).ConfigureAwait(false);
        await reader.NextResultAsync(cancel).ConfigureAwait(false);
        return (firsts, await AllAsync(reader, readSecond).ConfigureAwait(false));
    }

    async Task<List<T>> AllAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(cancel).ConfigureAwait(false))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    // The clock travels with the first statements, so that it costs no round trip.
    async Task<NpgsqlDataReader> OpenAsync(Statement[] statements)
    {
        var asksClock = _now is null && place is not null;
        var batch = new NpgsqlBatch(connection);
        if (asksClock)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT clock_timestamp()"));
        }

        foreach (var statement in statements)
        {
            batch.BatchCommands.Add(statement.Command);
        }

        var reader = await batch.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        if (asksClock)
        {
            await reader.ReadAsync(cancel).ConfigureAwait(false);
            _now = new Row(reader).Time();
            await reader.NextResultAsync(cancel).ConfigureAwait(false);
        }

        return reader;
    }
}
