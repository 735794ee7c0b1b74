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

    /// <summary>No space: for the database, its log, or the index of its log that connections share.</summary>
    public bool IsFull => PrimaryCode == raw.SQLITE_FULL || Code == raw.SQLITE_IOERR_SHMSIZE;

    /// <summary>After a failed write or sync of the disk nothing that this process says about durability is worth anything.</summary>
    /// <remarks>The index of the log is made anew from it at each start: its failures lose nothing.</remarks>
    public bool IsFatal => PrimaryCode is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB
        || (PrimaryCode is raw.SQLITE_IOERR && Code is not (raw.SQLITE_IOERR_SHMSIZE or raw.SQLITE_IOERR_SHMOPEN
            or raw.SQLITE_IOERR_SHMMAP or raw.SQLITE_IOERR_SHMLOCK or raw.SQLITE_IOERR_NOMEM));

    /// <summary>A failure of a file beside the database, in the words of SQLite, so that it is dealt with alike.</summary>
    public static SqliteError OfFile(IOException failure) => new(
        FileFailure.IsFull(failure) ? raw.SQLITE_FULL : raw.SQLITE_IOERR_WRITE, failure.Message);

    public static ProductException DiskFull(Exception? inner = null) => new(
        ErrorCode.StorageFull,
        "The disk of the data folder is full, and nothing new is taken. Free some space: the server then goes on by itself. "
            + "Until then reads, stops, deletions and the ends of runs still work",
        inner: inner);

    public ProductException ToProduct() => IsFull ? DiskFull(this) : PrimaryCode switch
    {
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => new ProductException(
            ErrorCode.Unavailable, "Another program holds the database locked; end it and try again", inner: this),
        raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_PERM => new ProductException(
            ErrorCode.Unavailable, "The database cannot be written; check the permissions of the data folder", inner: this),
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => new ProductException(
            ErrorCode.Unavailable, "The database file is damaged; stop the server and restore a backup", inner: this),
        raw.SQLITE_IOERR => new ProductException(
            ErrorCode.Unavailable,
            IsFatal
                ? $"The disk of the data folder failed ({Message}), and what is not acknowledged by now may be lost; check the disk, then start the server again"
                : $"The database cannot be used just now ({Message}); try again",
            inner: this),
        _ => new ProductException(ErrorCode.Internal, "The database refused a statement; the server's log says which", inner: this),
    };
}
