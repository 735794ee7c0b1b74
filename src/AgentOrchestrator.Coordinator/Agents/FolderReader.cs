using AgentOrchestrator.Protocol;
using Microsoft.Win32.SafeHandles;

namespace AgentOrchestrator.Coordinator.Agents;

/// <summary>Reads regular files of one folder, bounded, following no link.</summary>
sealed class FolderReader : IDisposable
{
    readonly string _path;
    readonly SafeFileHandle? _folder;

    /// <exception cref="ProductException">Conflict when the folder is a link or no folder.</exception>
    public FolderReader(string path)
    {
        _path = path;
        if (IsLink(new DirectoryInfo(path))) { throw Refused("The agent's folder is a symbolic link; replace it by a real folder."); }
        if (OperatingSystem.IsWindows()) { return; }

        _folder = PosixFiles.OpenFolder(path)
            ?? throw Refused("The agent's folder cannot be opened; check that it is a real folder that the server may read.");
    }

    /// <summary>The content, or null when there is no such file.</summary>
    /// <exception cref="ProductException">Conflict when it is not a readable regular file, or too large.</exception>
    public byte[]? Read(string file, int maxBytes)
    {
        try
        {
            using var handle = Open(file);
            if (handle is null) { return null; }

            using var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
            if (!stream.CanSeek) { throw Refused($"{file} is not a regular file; replace it by one."); }
            if (stream.Length > maxBytes) { throw Refused($"{file} is larger than {maxBytes} bytes; shorten it."); }

            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            return content;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ProductException(
                ErrorCode.Conflict, $"{file} cannot be read; check that it is a regular file that the server may read.", inner: failure);
        }
    }

    public void Dispose() => _folder?.Dispose();

    public static bool IsLink(FileSystemInfo entry) => entry.LinkTarget is not null;

    SafeFileHandle? Open(string file)
    {
        if (_folder is null)
        {
            var info = new FileInfo(Path.Combine(_path, file));
            if (IsLink(info)) { throw Refused($"{file} is a symbolic link; replace it by a regular file."); }
            return info.Exists ? File.OpenHandle(info.FullName) : null;
        }

        var handle = PosixFiles.OpenFile(_folder, file, out var error);
        return handle is not null || error == PosixFiles.NoSuchFile
            ? handle
            : throw Refused($"{file} cannot be opened (error {error}); it must be a regular file that the server may read, not a link.");
    }

    static ProductException Refused(string message) => new(ErrorCode.Conflict, message);
}
