using System.Collections.Concurrent;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Sqlite;

/// <summary>A few connections that can only read, each lent to one caller at a time and for one short read.</summary>
/// <remarks>They never checkpoint: two connections that write or checkpoint at one instant can damage a WAL database before SQLite 3.51.3.</remarks>
sealed class ReaderPool(string path) : IAsyncDisposable
{
    static readonly int s_size = Math.Clamp(Environment.ProcessorCount, 2, 8);

    readonly SemaphoreSlim _free = new(s_size, s_size);
    readonly ConcurrentBag<Connection> _idle = [];

    /// <summary>Runs one read on this thread: SQLite has no asynchronous reads, and these take microseconds.</summary>
    public async Task<T> ReadAsync<T>(Func<Connection, T> read, CancellationToken cancel)
    {
        await _free.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            var connection = _idle.TryTake(out var idle) ? idle : Open();
            try
            {
                return read(connection);
            }
            catch
            {
                connection.ReleaseStatements();
                throw;
            }
            finally
            {
                _idle.Add(connection);
            }
        }
        catch (SqliteError error)
        {
            throw error.ToProduct();
        }
        finally
        {
            _free.Release();
        }
    }

    Connection Open()
    {
        var connection = Connection.Open(path, OpenMode.Use);
        try
        {
            connection.Execute(
                "PRAGMA busy_timeout = 5000; PRAGMA query_only = ON; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -4096;");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Closes all of them, each when its read is done.</summary>
    public async ValueTask DisposeAsync()
    {
        for (var taken = 0; taken < s_size; taken++)
        {
            await _free.WaitAsync().ConfigureAwait(false);
        }

        while (_idle.TryTake(out var connection))
        {
            connection.Dispose();
        }
    }
}
