using AgentOrchestrator.Protocol;
using AgentOrchestrator.Sqlite;
using SQLitePCL;

namespace AgentOrchestrator.StoreTests.Sqlite;

public sealed class SqliteErrorTests
{
    [Theory]
    [InlineData(raw.SQLITE_FULL, ErrorCode.StorageFull, false)]
    [InlineData(raw.SQLITE_IOERR_SHMSIZE, ErrorCode.StorageFull, false)]
    [InlineData(raw.SQLITE_IOERR_SHMMAP, ErrorCode.Unavailable, false)]
    [InlineData(raw.SQLITE_BUSY, ErrorCode.Unavailable, false)]
    [InlineData(raw.SQLITE_READONLY, ErrorCode.Unavailable, false)]
    [InlineData(raw.SQLITE_IOERR_WRITE, ErrorCode.Unavailable, true)]
    [InlineData(raw.SQLITE_IOERR_FSYNC, ErrorCode.Unavailable, true)]
    [InlineData(raw.SQLITE_CORRUPT, ErrorCode.Unavailable, true)]
    public void A_full_disk_a_broken_disk_and_everything_else_are_told_apart(int code, ErrorCode told, bool isFatal)
    {
        var error = new SqliteError(code, "said");

        Assert.Equal((told, isFatal), (error.ToProduct().Code, error.IsFatal));
    }

    [Fact]
    public void A_file_that_does_not_fit_means_a_full_disk()
    {
        if (OperatingSystem.IsWindows()) { Assert.Skip("/dev/full is of Unix"); }

        var failure = Assert.Throws<IOException>(() =>
        {
            using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            full.Write("x"u8);
        });

        Assert.True(SqliteError.OfFile(failure).IsFull);
    }
}
