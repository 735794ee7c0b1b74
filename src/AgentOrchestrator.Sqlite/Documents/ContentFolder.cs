using System.Security.Cryptography;
using AgentOrchestrator.Coordinator.Documents;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Sqlite.Documents;

/// <summary>Contents of documents, each in a file of its own that is never written again.</summary>
/// <remarks>
/// A file is complete and on disk before the transaction that names it, and goes after the one that names it last. An id that no row names is never named
/// again; so it may go at any time, at the latest at the next start.
/// </remarks>
sealed class ContentFolder(string folder)
{
    const int BufferBytes = 128 * 1024;

    readonly Lock _gate = new();
    readonly List<string> _kept = [];
    int _holds;

    public string PathOf(string contentId) => Path.Combine(folder, contentId[..2], contentId);

    public async Task<string> WriteAsync(IncomingContent content, CancellationToken cancel)
    {
        var contentId = Ids.New("", 32);
        var path = PathOf(contentId);
        var fresh = path + ".new";
        try
        {
            OnDisk(() => Directory.CreateDirectory(Path.GetDirectoryName(path)!));
            await using (var file = OnDisk(() => new FileStream(fresh, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true)))
            {
                await CopyAsync(content, file, cancel).ConfigureAwait(false);
                OnDisk(() => Settle(file));
            }

            OnDisk(() => Name(fresh, path));
            return contentId;
        }
        catch
        {
            Discard(fresh);
            Discard(path);
            throw;
        }
    }

    /// <exception cref="ProductException">Unavailable when it is missing.</exception>
    public FileStream Open(StoredContent content)
    {
        try
        {
            var file = new FileStream(PathOf(content.ContentId), new FileStreamOptions
            {
                Share = FileShare.Read | FileShare.Delete,
                BufferSize = 0,
                Options = FileOptions.Asynchronous,
            });
            if (file.Length == content.SizeBytes) { return file; }

            file.Dispose();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DocumentErrors.Missing(content.ContentId, error);
        }

        throw DocumentErrors.Missing(content.ContentId);
    }

    /// <summary>What is wrong with a file; null when it holds what was written.</summary>
    public string? Judge(StoredContent content)
    {
        try
        {
            using var file = Open(content);
            return Convert.ToHexStringLower(SHA256.HashData(file)) == content.Checksum ? null : "holds something else than was written";
        }
        catch (ProductException)
        {
            return "is missing, or cut short";
        }
    }

    /// <summary>From here on nothing is removed, until as many calls of <see cref="Release"/> have come.</summary>
    public void Hold()
    {
        lock (_gate) { _holds++; }
    }

    public void Release()
    {
        string[] kept;
        lock (_gate)
        {
            if (--_holds > 0) { return; }

            kept = [.. _kept];
            _kept.Clear();
        }

        Remove(kept);
    }

    /// <param name="contentIds">That no row names.</param>
    public void Remove(IReadOnlyList<string> contentIds)
    {
        lock (_gate)
        {
            if (_holds > 0)
            {
                _kept.AddRange(contentIds);
                return;
            }
        }

        foreach (var contentId in contentIds) { Discard(PathOf(contentId)); }
    }

    /// <summary>Removes what no row names: left by a crash. Before anything is written.</summary>
    public void Sweep(Connection connection)
    {
        if (!Directory.Exists(folder)) { return; }

        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            if (!DocumentRows.IsNamed(connection, Path.GetFileName(path))) { Discard(path); }
        }
    }

    static async Task CopyAsync(IncomingContent content, FileStream file, CancellationToken cancel)
    {
        var buffer = new byte[BufferBytes];
        while (await content.ReadFullAsync(buffer, cancel).ConfigureAwait(false) is var read and > 0)
        {
            await WriteAsync(file, buffer.AsMemory(0, read), cancel).ConfigureAwait(false);
        }
    }

    // Only what the disk says: the sender's own failures are its own.
    static async Task WriteAsync(FileStream file, ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        try
        {
            await file.WriteAsync(bytes, cancel).ConfigureAwait(false);
        }
        catch (IOException failure)
        {
            throw SqliteError.OfFile(failure).ToProduct();
        }
    }

    static bool Settle(FileStream file)
    {
        file.Flush(flushToDisk: true);
        return true;
    }

    bool Name(string fresh, string path)
    {
        File.Move(fresh, path);
        DurableFolder.Flush(Path.GetDirectoryName(path)!);
        DurableFolder.Flush(folder);
        return true;
    }

    static T OnDisk<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch (IOException failure)
        {
            throw SqliteError.OfFile(failure).ToProduct();
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new SqliteError(SQLitePCL.raw.SQLITE_READONLY, failure.Message).ToProduct();
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
}
