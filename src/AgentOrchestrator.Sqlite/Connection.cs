using System.Runtime.InteropServices;
using SQLitePCL;

namespace AgentOrchestrator.Sqlite;

/// <summary>One connection and the statements that were prepared on it. Used by one thread at a time.</summary>
sealed class Connection : IDisposable
{
    // Far more than this assembly has: beyond it somebody composes statements at run time.
    const int MaxStatements = 500;

    readonly sqlite3 _db;

    // By reference: every statement is a constant of this assembly, so hashing its text again each time would be waste.
    readonly Dictionary<string, Statement> _statements = new(ReferenceEqualityComparer.Instance);

    Connection(sqlite3 db) => _db = db;

    /// <summary>True between BEGIN and COMMIT, also after an error that SQLite did not roll back by itself.</summary>
    public bool IsInTransaction => raw.sqlite3_get_autocommit(_db) == 0;

    public int Changes => raw.sqlite3_changes(_db);

    public long LastRowId => raw.sqlite3_last_insert_rowid(_db);

    /// <summary>Rows written since the connection was opened, also those that were taken back.</summary>
    public int TotalChanges => raw.sqlite3_total_changes(_db);

    /// <exception cref="SqliteError"/>
    public static Connection Open(string path, OpenMode mode)
    {
        NativeSqlite.Load();
        // A connection never meets two threads, so it needs no lock of its own.
        var result = raw.sqlite3_open_v2(path, out var db, raw.SQLITE_OPEN_NOMUTEX | (int)mode, null);
        var connection = new Connection(db);
        if (result == raw.SQLITE_OK)
        {
            return connection;
        }

        var error = connection.ErrorOf(result);
        connection.Dispose();
        throw error;
    }

    /// <summary>Runs a script of any number of statements, without parameters.</summary>
    public void Execute(string script) => Check(raw.sqlite3_exec(_db, script));

    /// <summary>The statement, ready for its parameters. Dispose it to make it usable again.</summary>
    /// <param name="sql">A constant: prepared statements are kept by the reference of their text.</param>
    public Statement Query(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            if (_statements.Count == MaxStatements)
            {
                throw new InvalidOperationException($"statements must be constants; this one is not: {sql}");
            }

            Check(raw.sqlite3_prepare_v3(_db, sql, raw.SQLITE_PREPARE_PERSISTENT, out var prepared));
            statement = new Statement(this, prepared);
            _statements.Add(sql, statement);
        }

        return statement.Use();
    }

    public long ReadLong(string sql)
    {
        using var row = Query(sql);
        return row.Read() ? row.Long() : throw new InvalidOperationException("the statement gave no row");
    }

    /// <summary>Pages written since the last call: into the WAL, as this is the only connection that writes.</summary>
    public int TakeWrittenPages()
    {
        const int CacheWrites = 9; // SQLITE_DBSTATUS_CACHE_WRITE
        Check(raw.sqlite3_db_status(_db, CacheWrites, out var pages, out _, 1));
        return pages;
    }

    /// <returns>Whether the whole log was copied into the database.</returns>
    public bool Checkpoint(bool truncate)
    {
        const int Passive = 0, Truncate = 3; // SQLITE_CHECKPOINT_…
        var result = raw.sqlite3_wal_checkpoint_v2(_db, "main", truncate ? Truncate : Passive, out var pages, out var copied);
        if ((result & 0xFF) is raw.SQLITE_BUSY or raw.SQLITE_LOCKED)
        {
            return false;
        }

        Check(result);
        return pages == copied;
    }

    /// <summary>Makes statements usable again that an exception left between their parameters and their rows.</summary>
    public void ReleaseStatements()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }
    }

    /// <summary>Ends what runs on the connection with <see cref="SqliteError"/>. The one member for another thread.</summary>
    public void Interrupt() => raw.sqlite3_interrupt(_db);

    internal void Check(int result)
    {
        if (result is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE))
        {
            throw Keeping(ErrorOf(result));
        }
    }

    /// <summary>Once the disk has failed, the log is all that the next start can trust: closing must not copy it away.</summary>
    SqliteError Keeping(SqliteError error)
    {
        if (error.IsFatal)
        {
            _ = raw.sqlite3_db_config(_db, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _);
        }

        return error;
    }

    SqliteError ErrorOf(int result)
    {
        // Of this thread's last call that failed, which is the write where one did; should another have failed since, it says less than is so.
        var system = Marshal.GetLastSystemError();
        var extended = raw.sqlite3_extended_errcode(_db);
        var code = (extended & 0xFF) == (result & 0xFF) ? extended : result;
        // SQLite knows a full disk by ENOSPC alone, and takes a used-up quota for a failed write.
        if (code == raw.SQLITE_IOERR_WRITE && FileFailure.IsOverQuota(system))
        {
            code = raw.SQLITE_FULL;
        }

        return new SqliteError(code, $"SQLite {result}: {raw.sqlite3_errmsg(_db).utf8_to_string()}");
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Finish();
        }

        raw.sqlite3_close_v2(_db);
        _db.Dispose();
    }
}
