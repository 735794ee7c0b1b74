using System.Security.Cryptography;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Sqlite;

/// <summary>Bodies too large for the database, each in a file named by the SHA-256 of its content.</summary>
/// <remarks>A file is complete and on disk before the transaction that refers to it; what no row refers to goes at the next start.</remarks>
sealed class BlobFolder(string folder)
{
    /// <summary>The largest body that is kept in its row.</summary>
    public const int InlineBytes = 256 * 1024;

    readonly Lock _gate = new();
    readonly List<string> _kept = [];
    int _holds;

    /// <summary>From here on nothing is removed, until as many calls of <see cref="Release"/> have come.</summary>
    public void Hold()
    {
        lock (_gate)
        {
            _holds++;
        }
    }

    /// <returns>What was to be removed meanwhile, for the writer to look at again.</returns>
    public IReadOnlyList<string> Release()
    {
        lock (_gate)
        {
            if (--_holds > 0)
            {
                return [];
            }

            string[] kept = [.. _kept];
            _kept.Clear();
            return kept;
        }
    }

    /// <returns>The name to keep in the row: 64 hex digits.</returns>
    /// <exception cref="SqliteError">As the database itself fails on a disk that is full or broken.</exception>
    public string Write(ReadOnlySpan<byte> content)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(content));
        var path = PathOf(name);
        if (File.Exists(path))
        {
            return name;
        }

        var parent = Path.GetDirectoryName(path)!;
        var fresh = Path.Combine(parent, Ids.New("new-", 16));
        try
        {
            Directory.CreateDirectory(parent);
            using (var file = new FileStream(fresh, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(fresh, path, overwrite: true);
            DurableFolder.Flush(parent);
            DurableFolder.Flush(folder);
            return name;
        }
        catch (IOException error)
        {
            Discard(fresh);
            throw SqliteError.OfFile(error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new SqliteError(SQLitePCL.raw.SQLITE_READONLY, error.Message);
        }
    }

    public string PathOf(string name) => Path.Combine(folder, name[..2], name);

    public byte[] Read(string name)
    {
        try
        {
            return File.ReadAllBytes(PathOf(name));
        }
        catch (IOException error)
        {
            throw new ProductException(
                ErrorCode.Unavailable,
                $"The body of an event is missing from the data folder (blobs/{name[..2]}/{name}); restore it from a backup",
                inner: error);
        }
    }

    /// <summary>What is wrong with a file; null when it holds what its name says.</summary>
    public string? Judge(string name)
    {
        try
        {
            using var file = File.OpenRead(PathOf(name));
            return Convert.ToHexStringLower(SHA256.HashData(file)) == name ? null : "holds something else than was written";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return error is FileNotFoundException or DirectoryNotFoundException ? "is missing" : "cannot be read";
        }
    }

    /// <summary>Bytes of all files.</summary>
    public long Measure() => Directory.Exists(folder)
        ? new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(LengthOf)
        : 0;

    /// <summary>Removes those of the given files to which no event refers; called by the writer, between two transactions.</summary>
    public void Remove(Connection connection, IReadOnlyList<string> names)
    {
        lock (_gate)
        {
            if (_holds > 0)
            {
                _kept.AddRange(names);
                return;
            }

            RemoveUnreferred(connection, names);
        }
    }

    void RemoveUnreferred(Connection connection, IReadOnlyList<string> names)
    {
        foreach (var name in names)
        {
            if (IsReferred(connection, name))
            {
                continue;
            }

            Discard(PathOf(name));
        }
    }

    static void Discard(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Takes space and nothing else; the sweep at the next start tries again.
        }
    }

    /// <summary>Removes what no event refers to: left by a crash, or by sessions that were deleted.</summary>
    public void Sweep(Connection connection)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            if (!IsReferred(connection, Path.GetFileName(path)))
            {
                Discard(path);
            }
        }
    }

    static bool IsReferred(Connection connection, string name)
    {
        using var row = connection.Query("SELECT 1 FROM events WHERE blob = ?").Bind(name);
        return row.Read();
    }

    static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            // Removed since it was listed.
            return 0;
        }
    }
}
