using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Sqlite.Archives;

namespace AgentOrchestrator.Sqlite;

/// <summary>One file in the data folder: its lock, its writer and its readers.</summary>
sealed class SqliteDatabase(string folder, IChangeSink sink, TimeProvider time) : IDatabase
{
    public const string FileName = "observability.db";

    readonly string _path = Path.Combine(folder, FileName);
    DataLock? _lock;
    SqliteWriter? _writer;
    ReaderPool? _readers;

    public TimeProvider Time { get; } = time;

    public DateTimeOffset Now => WireTime.Truncate(Time.GetUtcNow());

    public string Folder { get; } = folder;

    public string FilePath => _path;

    /// <summary>Bytes of the write-ahead log.</summary>
    public long LogLength => new FileInfo(_path + "-wal") is { Exists: true } log ? log.Length : 0;

    long? IDatabase.LogBytes => LogLength;

    public BlobFolder Blobs { get; } = new(Path.Combine(folder, "blobs"));

    public Task<T> WriteAsync<T>(Func<WriteTransaction, T> work, CancellationToken cancel) =>
        (_writer ?? throw NotOpen()).WriteAsync(work, cancel);

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
            var connection = OpenForWriting();
            Importing.Recover(connection);
            Blobs.Sweep(connection);
            _writer = new SqliteWriter(connection, Blobs, sink, Time);
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

    public async Task<bool> IsReadyAsync(CancellationToken cancel)
    {
        if (_writer is not { IsAccepting: true } || _readers is null)
        {
            return false;
        }

        try
        {
            return await ReadAsync(db => db.ReadLong("SELECT count(*) >= 0 FROM sqlite_master"), cancel).ConfigureAwait(false) == 1;
        }
        catch (ProductException)
        {
            return false;
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
            // Free pages can be given back; only a new database takes this setting, before it has a table.
            // Statement journals stay in memory: a rollback of one piece of work then costs no file.
            connection.Execute("""
                PRAGMA busy_timeout = 2000;
                PRAGMA auto_vacuum = INCREMENTAL;
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = FULL;
                PRAGMA wal_autocheckpoint = 0;
                PRAGMA temp_store = MEMORY;
                PRAGMA cache_size = -16384;
                """);
            Schema.Migrate(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    void Unlock()
    {
        _lock?.Dispose();
        _lock = null;
    }

    static ProductException NotOpen() => new(ErrorCode.Unavailable, "The database is not open; the server is starting or shutting down");
}
