using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Coordinator.Agents;

/// <summary>Writes files so that a reader, also after a crash, sees the old content or the new, never a part.</summary>
static class DurableFile
{
    /// <summary>What every unfinished file and folder of ours begins with; swept at start.</summary>
    public const string TemporaryPrefix = ".ao-";

    public static string TemporaryName() => Ids.New(TemporaryPrefix, 12);

    public static void Replace(string folder, string file, ReadOnlySpan<byte> content)
    {
        var temporary = Path.Combine(folder, TemporaryName());
        try
        {
            WriteNew(temporary, content);
            File.Move(temporary, Path.Combine(folder, file), overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        PosixFiles.SyncFolder(folder);
    }

    public static void Remove(string folder, string file)
    {
        File.Delete(Path.Combine(folder, file));
        PosixFiles.SyncFolder(folder);
    }

    /// <summary>Writes and syncs a file that must not exist yet.</summary>
    public static void WriteNew(string path, ReadOnlySpan<byte> content)
    {
        using var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        RandomAccess.Write(handle, content, fileOffset: 0);
        RandomAccess.FlushToDisk(handle);
    }
}
