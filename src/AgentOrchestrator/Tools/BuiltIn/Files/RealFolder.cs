using Microsoft.Win32.SafeHandles;

namespace AgentOrchestrator.Tools.BuiltIn.Files;

/// <summary>An open folder: what is below it is reached entry by entry, and no link is followed, whatever its path means by now.</summary>
abstract class RealFolder : IDisposable
{
    /// <summary>The folder that tools are confined to. Whoever configured it may have named a link.</summary>
    public static RealFolder Open(string path) => OperatingSystem.IsWindows() ? new CheckedFolder(path) : new HeldFolder(PosixFolder.Open(path), path);

    /// <summary>A folder in it; null when there is nothing of that name.</summary>
    /// <exception cref="IOException">It is no folder, or a link.</exception>
    public abstract RealFolder? Enter(string name);

    /// <summary>What is there, to be read; null for nothing.</summary>
    /// <exception cref="IOException">It is a link, or may not be read.</exception>
    public abstract SafeFileHandle? Find(string name);

    public abstract SafeFileHandle Create(string name);

    /// <summary>Makes a folder, unless there is something of that name.</summary>
    public abstract void MakeFolder(string name);

    public abstract void Replace(string from, string to);

    public abstract void Delete(string name);

    /// <summary>Its entries with what they are, links as links.</summary>
    public abstract IEnumerable<FileSystemInfo> Entries();

    public abstract void Dispose();
}

/// <summary>By descriptors.</summary>
sealed class HeldFolder(SafeFileHandle handle, string path) : RealFolder
{
    public override RealFolder? Enter(string name) => PosixFolder.Enter(handle, name) is { } folder ? new HeldFolder(folder, Path.Combine(path, name)) : null;

    public override SafeFileHandle? Find(string name) => PosixFolder.Find(handle, name);

    public override SafeFileHandle Create(string name) => PosixFolder.Create(handle, name);

    public override void MakeFolder(string name) => PosixFolder.MakeFolder(handle, name);

    public override void Replace(string from, string to) => PosixFolder.Replace(handle, from, to);

    public override void Delete(string name) => PosixFolder.Delete(handle, name);

    // Only Linux has a path for a descriptor's folder. Elsewhere a folder that is swapped in this instant shows its names, and never its content.
    public override IEnumerable<FileSystemInfo> Entries() =>
        new DirectoryInfo(OperatingSystem.IsLinux() ? $"/proc/self/fd/{handle.DangerousGetHandle()}" : path).EnumerateFileSystemInfos();

    public override void Dispose() => handle.Dispose();
}

/// <summary>By paths that are checked before they are used, where there are no descriptors of folders.</summary>
sealed class CheckedFolder(string path) : RealFolder
{
    public override RealFolder? Enter(string name) => Real(new DirectoryInfo(Path.Combine(path, name))).Exists ? new CheckedFolder(Path.Combine(path, name)) : null;

    public override SafeFileHandle? Find(string name) => Real(new FileInfo(Path.Combine(path, name))).Exists ? File.OpenHandle(Path.Combine(path, name)) : null;

    public override SafeFileHandle Create(string name) => File.OpenHandle(Path.Combine(path, name), FileMode.CreateNew, FileAccess.Write);

    public override void MakeFolder(string name) => Directory.CreateDirectory(Path.Combine(path, name));

    public override void Replace(string from, string to) => File.Move(Path.Combine(path, from), Path.Combine(path, to), overwrite: true);

    public override void Delete(string name) => File.Delete(Path.Combine(path, name));

    public override IEnumerable<FileSystemInfo> Entries() => new DirectoryInfo(path).EnumerateFileSystemInfos();

    public override void Dispose()
    {
    }

    static FileSystemInfo Real(FileSystemInfo entry) => entry.LinkTarget is null ? entry : throw new IOException("it is a link");
}
