using AgentOrchestrator.Coordinator.Archives;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Sqlite.Archives;

/// <summary>A copy of the data at one instant, while the writer goes on.</summary>
static class Copying
{
    /// <exception cref="ProductException">StorageFull when the copy would leave less than <paramref name="keepFree"/> bytes of the disk.</exception>
    public static DataCopy Copy(SqliteDatabase database, string path, long keepFree, CancellationToken cancel)
    {
        RequireSpace(database, keepFree);

        // Before the copy: what it refers to was on disk before it was committed, and nothing goes from here on.
        database.Blobs.Hold();
        database.Contents.Hold();
        try
        {
            CopyDatabase(database.FilePath, path, cancel);
            return new DataCopy(FilesOf(database, path), () => ReleaseAsync(database, path));
        }
        catch (SqliteError error)
        {
            LetGo(database, path);
            cancel.ThrowIfCancellationRequested();
            throw error.ToProduct();
        }
        catch
        {
            LetGo(database, path);
            throw;
        }
    }

    /// <remarks>A connection of its own, which closes without a checkpoint: that is for the writer alone.</remarks>
    static void CopyDatabase(string from, string to, CancellationToken cancel)
    {
        using var connection = Connection.Open(from, OpenMode.Look);
        using var stop = cancel.Register(connection.Interrupt);
        connection.Execute("PRAGMA busy_timeout = 5000; PRAGMA synchronous = OFF;");
        connection.Query("VACUUM INTO ?1").Bind(to).Run();
        cancel.ThrowIfCancellationRequested();
    }

    static List<CopiedFile> FilesOf(SqliteDatabase database, string path)
    {
        using var copy = Connection.Open(path, OpenMode.Look);
        var blobs = copy.Query("SELECT DISTINCT blob FROM events WHERE blob IS NOT NULL").All(row => row.Text());
        var contents = copy.Query("SELECT DISTINCT content_id FROM document_versions").All(row => row.Text());
        return
        [
            new CopiedFile(SqliteDatabase.FileName, path),
            .. blobs.Select(name => new CopiedFile($"blobs/{name[..2]}/{name}", database.Blobs.PathOf(name))),
            .. contents.Select(id => new CopiedFile($"documents/{id[..2]}/{id}", database.Contents.PathOf(id))),
        ];
    }

    static void RequireSpace(SqliteDatabase database, long keepFree)
    {
        var needed = new FileInfo(database.FilePath).Length + database.LogLength;
        var free = new DriveInfo(database.Folder).AvailableFreeSpace;
        if (free - needed < keepFree)
        {
            const int Mega = 1 << 20;
            throw new ProductException(
                ErrorCode.StorageFull,
                $"A backup copies the database first: that needs {(needed + keepFree) / Mega + 1} MiB free in the data folder, and there are {free / Mega}; free some");
        }
    }

    static async ValueTask ReleaseAsync(SqliteDatabase database, string path)
    {
        var kept = LetGo(database, path);
        if (kept.Count == 0)
        {
            return;
        }

        try
        {
            await database.WriteAsync(
                transaction =>
                {
                    foreach (var name in kept)
                    {
                        transaction.Dropped(name);
                    }

                    return 0;
                },
                CancellationToken.None).ConfigureAwait(false);
        }
        catch (ProductException)
        {
            // They take space and nothing else; the sweep at the next start removes them.
        }
    }

    static IReadOnlyList<string> LetGo(SqliteDatabase database, string path)
    {
        try
        {
            File.Delete(path);
            File.Delete(path + "-journal");
        }
        catch (IOException)
        {
            // The next start empties the folder of temporary files.
        }

        database.Contents.Release();
        return database.Blobs.Release();
    }
}
