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
            File.WriteAllText(owner, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new DataLock(held);
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
            throw new ProductException(
                ErrorCode.Unavailable, $"The data folder '{folder}' cannot be written; check its permissions", inner: denied);
        }
    }

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
