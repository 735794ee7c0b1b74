using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Audit;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Sqlite.Archives;
using AgentOrchestrator.Sqlite.Audit;
using AgentOrchestrator.Sqlite.Documents;
using AgentOrchestrator.Sqlite.Sessions;

namespace AgentOrchestrator.Sqlite;

/// <summary>One file in the data folder: its lock, its writer and its readers.</summary>
sealed class SqliteDatabase(string folder, long reserveBytes, IChangeSink sink, TimeProvider time) : IDatabase
{
    public const string FileName = "observability.db";

    readonly string _path = Path.Combine(folder, FileName);
    readonly DiskReserve _reserve = new(folder, reserveBytes);
    readonly TaskCompletionSource<ProductException> _failure = new(TaskCreationOptions.RunContinuationsAsynchronously);
    DataLock? _lock;
    SqliteWriter? _writer;
    ReaderPool? _readers;

    public TimeProvider Time { get; } = time;

    public DateTimeOffset Now => WireTime.Truncate(Time.GetUtcNow());

    public string Folder { get; } = folder;

    /// <summary>Tells what this process left to be done from what one before it did.</summary>
    public string Life { get; } = Ids.New("life_", 12);

    public string FilePath => _path;

    /// <summary>Bytes of the write-ahead log.</summary>
    public long LogLength => new FileInfo(_path + "-wal") is { Exists: true } log ? log.Length : 0;

    long? IDatabase.LogBytes => LogLength;

    public Task<ProductException> Failure => _failure.Task;

    public BlobFolder Blobs { get; } = new(Path.Combine(folder, "blobs"));

    public ContentFolder Contents { get; } = new(Path.Combine(folder, "documents"));

    /// <summary>Writes what ends, frees or keeps something; on a full disk out of the reserve.</summary>
    public Task<T> WriteAsync<T>(Func<WriteTransaction, T> work, CancellationToken cancel) =>
        WriteAsync(work, isNew: false, cancel);

    /// <summary>Writes what can wait for space: StorageFull, and nothing done, while the disk is full.</summary>
    public Task<T> AddAsync<T>(Func<WriteTransaction, T> work, CancellationToken cancel) =>
        WriteAsync(work, isNew: true, cancel);

    /// <summary>Writes what is no part of the act that is going on: its entry in the audit does not come with it.</summary>
    public Task<T> WriteApartAsync<T>(Func<WriteTransaction, T> work, CancellationToken cancel) =>
        (_writer ?? throw NotOpen()).WriteAsync(work, isNew: false, cancel);

    /// <summary>Puts large bodies on disk before their transaction, so that the writer need not.</summary>
    public void Stage(IReadOnlyList<NewEvent> events)
    {
        if (_writer is not { IsFull: false } writer)
        {
            return;
        }

        try
        {
            EventLog.Stage(Blobs, events);
        }
        catch (SqliteError error) when (error.IsFatal)
        {
            // Its name may be there by now, so that the transaction would take it for whole.
            writer.Break(error.ToProduct());
        }
        catch (SqliteError)
        {
            // The transaction writes what is missing: it meets the same, and deals with it.
        }
    }

    public Task<T> ReadAsync<T>(Func<Connection, T> read, CancellationToken cancel) =>
        (_readers ?? throw NotOpen()).ReadAsync(read, cancel);

    public Task OpenAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        CreateFolder();
        _lock = DataLock.Take(Folder);
        try
        {
            Schema.RequireOurs(_path);
            _reserve.GiveUp();
            var connection = OpenForWriting();
            Importing.Recover(connection);
            Blobs.Sweep(connection);
            Contents.Sweep(connection);
            _writer = new SqliteWriter(connection, Blobs, _reserve, sink, failure => _failure.TrySetResult(failure), Time);
            _readers = new ReaderPool(_path);
        }
        catch (SqliteError error)
        {
            Unlock();
            throw error.ToProduct();
        }
        catch
        {
            Unlock();
            throw;
        }

        return Task.CompletedTask;
    }

    public async Task<ProductException?> FindTroubleAsync(CancellationToken cancel)
    {
        if (_writer is not { } writer || _readers is null)
        {
            return NotOpen();
        }

        try
        {
            await ReadAsync(db => db.ReadLong("SELECT count(*) FROM sqlite_master"), cancel).ConfigureAwait(false);
            return writer.Trouble;
        }
        catch (ProductException trouble)
        {
            return trouble;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Readers first: the last connection to close checkpoints, and only the writer may.
        if (Interlocked.Exchange(ref _readers, null) is { } readers)
        {
            await readers.DisposeAsync().ConfigureAwait(false);
        }

        if (Interlocked.Exchange(ref _writer, null) is { } writer)
        {
            await writer.DisposeAsync().ConfigureAwait(false);
        }

        Unlock();
    }

    Task<T> WriteAsync<T>(Func<WriteTransaction, T> work, bool isNew, CancellationToken cancel)
    {
        var writer = _writer ?? throw NotOpen();
        return AuditIntent.Current is { } intent ? KeepAsync(writer, intent, work, isNew, cancel) : writer.WriteAsync(work, isNew, cancel);
    }

    async Task<T> KeepAsync<T>(SqliteWriter writer, AuditIntent intent, Func<WriteTransaction, T> work, bool isNew, CancellationToken cancel)
    {
        var fact = intent.Fact;
        var (result, before, after) = await writer.WriteAsync(
            transaction =>
            {
                // After the work: where it refuses, nothing has been written that would have to be taken back.
                var before = intent.IsKept ? intent.Before : AuditStates.Digest(transaction.Db, intent.Org, intent.About);
                var earlier = transaction.Changes.Count;
                var done = work(transaction);
                var after = AuditStates.Digest(transaction.Db, intent.Org, intent.About ?? AuditObject.Made(transaction.Changes.Skip(earlier)));
                AuditRows.Keep(transaction.Db, intent, fact with { Before = before, After = after }, Life);
                return (done, before, after);
            },
            isNew, cancel).ConfigureAwait(false);
        intent.Keep(before, after);
        return result;
    }

    void CreateFolder()
    {
        try
        {
            Directory.CreateDirectory(Folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProductException(
                ErrorCode.Unavailable, $"The data folder '{Folder}' cannot be made; name another one with --data DIR", inner: error);
        }
    }

    Connection OpenForWriting()
    {
        var connection = Connection.Open(_path, OpenMode.Create);
        try
        {
            connection.Execute("PRAGMA busy_timeout = 2000");
            if (connection.ReadLong("PRAGMA page_count") == 0)
            {
                // Free pages can be given back; only a new database takes this setting, before it has a table.
                connection.Execute("PRAGMA auto_vacuum = INCREMENTAL");
            }

            // Statement journals stay in memory: a rollback of one piece of work then costs no file.
            connection.Execute("""
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = FULL;
                PRAGMA wal_autocheckpoint = 0;
                PRAGMA temp_store = MEMORY;
                PRAGMA cache_size = -16384;
                """);
            Schema.Migrate(connection);
            CopyLog(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Begins a new log: after a failed sync the old one may not be on disk, although it can be read.</summary>
    static void CopyLog(Connection connection)
    {
        try
        {
            connection.Checkpoint(truncate: true);
        }
        catch (SqliteError full) when (full.IsFull)
        {
            // A server on a full disk answers all the same; the writer copies the log when there is space.
        }
    }

    void Unlock()
    {
        _lock?.Dispose();
        _lock = null;
    }

    static ProductException NotOpen() => new(ErrorCode.Unavailable, "The database is not open; the server is starting or shutting down");
}
