using System.Formats.Tar;
using System.Text.Json;
using System.Text.RegularExpressions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Archives;

namespace AgentOrchestrator.Server.Archives;

/// <summary>A backup as it is read: nothing of it is believed.</summary>
static partial class BackupFile
{
    const int MaxManifestBytes = 64 * 1024;

    /// <summary>Writes the files of a backup into a folder that is empty.</summary>
    /// <exception cref="ProductException">NotPossible for what is no backup, or not a whole one; the folder then holds a part of it.</exception>
    public static BackupManifest Unpack(Stream file, string folder)
    {
        try
        {
            using var tar = new TarReader(file, leaveOpen: true);
            var files = 0L;
            while (tar.GetNextEntry() is { } entry)
            {
                if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                {
                    throw Wrong($"'{Shown(entry.Name)}' in it is no file ({entry.EntryType})");
                }

                if (entry.Name == BackupManifest.FileName)
                {
                    return Judge(entry, files, hasMore: tar.GetNextEntry() is not null);
                }

                Write(entry, folder);
                files++;
            }

            throw Wrong("it was cut short");
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or FormatException or JsonException)
        {
            throw Wrong("it cannot be read as a tar file, or was cut short", error);
        }
    }

    static BackupManifest Judge(TarEntry entry, long files, bool hasMore)
    {
        if (entry.Length > MaxManifestBytes || entry.DataStream is null)
        {
            throw Wrong($"its {BackupManifest.FileName} is none");
        }

        var manifest = JsonSerializer.Deserialize(entry.DataStream, ProtocolJson.Default.BackupManifest)
            ?? throw Wrong($"its {BackupManifest.FileName} is none");
        if (manifest.Version != BackupManifest.CurrentVersion)
        {
            throw Wrong($"it has the form {manifest.Version}, and this version reads {BackupManifest.CurrentVersion}; use the version that wrote it ({Shown(manifest.Server)})");
        }

        return manifest.Files == files && !hasMore
            ? manifest
            : throw Wrong($"it holds {files} files and should hold {manifest.Files}, and end there");
    }

    static void Write(TarEntry entry, string folder)
    {
        if (!IsKnown(entry.Name))
        {
            throw Wrong($"'{Shown(entry.Name)}' in it is no file of a data folder");
        }

        var path = Path.Combine(folder, entry.Name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (Path.Exists(path))
        {
            throw Wrong($"'{Shown(entry.Name)}' is in it twice");
        }

        using var target = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        entry.DataStream?.CopyTo(target);
        target.Flush(flushToDisk: true);
    }

    static bool IsKnown(string name) =>
        name == "observability.db" || BlobName().IsMatch(name) || (name.StartsWith(Backup.Agents + "/", StringComparison.Ordinal) && IsInside(name));

    static bool IsInside(string name) =>
        !name.Any(c => char.IsControl(c) || c is '\\' or ':') && name.Split('/').All(part => part is not ("" or "." or ".."));

    static string Shown(string name) => new([.. name.Take(100).Select(c => char.IsControl(c) ? '?' : c)]);

    static ProductException Wrong(string why, Exception? inner = null) =>
        new(ErrorCode.NotPossible, $"The file is no backup that can be restored: {why}. Nothing was restored", inner: inner);

    [GeneratedRegex(@"\Ablobs/([0-9a-f]{2})/\1[0-9a-f]{62}\z")]
    private static partial Regex BlobName();
}
