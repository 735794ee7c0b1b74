using System.Globalization;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Sqlite;

/// <summary>The data folder belongs to one process: two writers on one database would break it.</summary>
sealed class DataLock : IDisposable
{
    readonly FileStream _held;

    DataLock(FileStream held) => _held = held;

    /// <exception cref="ProductException">Unavailable when another process holds the folder; names it.</exception>
    public static DataLock Take(string folder)
    {
        // The lock's own file cannot be read while it is held, so the owner's id lies beside it.
        var owner = Path.Combine(folder, "server.pid");
        try
        {
            var held = new FileStream(Path.Combine(folder, "server.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            NoteOwner(owner);
            return new DataLock(held);
        }
        catch (IOException full) when (FileFailure.IsFull(full))
        {
            throw SqliteError.DiskFull(full);
        }
        catch (IOException denied) when (FileFailure.IsReadOnly(denied))
        {
            throw CannotBeWritten(folder, denied);
        }
        catch (IOException taken) when (taken is not (DirectoryNotFoundException or PathTooLongException))
        {
            throw new ProductException(
                ErrorCode.Unavailable,
                $"The data in '{folder}' is in use by {OwnerIn(owner)}; stop that server, or give this one another folder with --data",
                inner: taken);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw CannotBeWritten(folder, denied);
        }
    }

    static void NoteOwner(string path)
    {
        try
        {
            File.WriteAllText(path, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            // Only tells a second server who has the folder. A full disk keeps nobody from starting.
        }
    }

    static ProductException CannotBeWritten(string folder, Exception denied) => new(
        ErrorCode.Unavailable, $"The data folder '{folder}' cannot be written; check its permissions, or name another one with --data", inner: denied);

    static string OwnerIn(string path)
    {
        try
        {
            return int.TryParse(File.ReadAllText(path), CultureInfo.InvariantCulture, out var pid) ? $"process {pid}" : "another process";
        }
        catch (IOException)
        {
            return "another process";
        }
    }

    public void Dispose() => _held.Dispose();
}
