using AgentOrchestrator.Protocol;
using SQLitePCL;

namespace AgentOrchestrator.Sqlite;

/// <summary>A result code of SQLite that is not success. Leaves this assembly only as <see cref="ToProduct"/>.</summary>
sealed class SqliteError(int code, string message) : Exception(message)
{
    /// <summary>The extended code.</summary>
    public int Code { get; } = code;

    /// <summary>The code without its extension.</summary>
    public int PrimaryCode => Code & 0xFF;

    public bool IsConstraint => PrimaryCode == raw.SQLITE_CONSTRAINT;

    /// <summary>After a failed write or sync of the disk nothing that this process says about durability is worth anything.</summary>
    public bool IsFatal => PrimaryCode is raw.SQLITE_IOERR or raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB;

    public ProductException ToProduct() => PrimaryCode switch
    {
        raw.SQLITE_FULL => new ProductException(
            ErrorCode.StorageFull, "The disk of the database is full; free some space and try again", inner: this),
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => new ProductException(
            ErrorCode.Unavailable, "Another program holds the database locked; end it and try again", inner: this),
        raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_PERM => new ProductException(
            ErrorCode.Unavailable, "The database cannot be written; check the permissions of the data folder", inner: this),
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => new ProductException(
            ErrorCode.Unavailable, "The database file is damaged; stop the server and restore a backup", inner: this),
        raw.SQLITE_IOERR => new ProductException(
            ErrorCode.Unavailable, "The disk of the database failed; check it and restart the server", inner: this),
        _ => new ProductException(ErrorCode.Internal, "The database refused a statement; the server's log says which", inner: this),
    };
}
