using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AgentOrchestrator.Coordinator.Agents;

/// <summary>What the framework's file calls cannot do on Unix: open without following links or waiting for a pipe's writer, sync a folder.</summary>
static partial class PosixFiles
{
    public const int NoSuchFile = 2;
    public const int NoSpace = 28;

    static readonly bool s_isMac = OperatingSystem.IsMacOS();
    static readonly bool s_isArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    // From fcntl.h of Linux (generic and arm) and of macOS.
    static readonly int s_nonBlocking = s_isMac ? 0x4 : 0x800;
    static readonly int s_closeOnExec = s_isMac ? 0x1000000 : 0x80000;
    static readonly int s_noFollow = s_isMac ? 0x100 : s_isArm ? 0x8000 : 0x20000;
    static readonly int s_folderOnly = s_isMac ? 0x100000 : s_isArm ? 0x4000 : 0x10000;

    /// <summary>The folder itself, or null when the path ends in a link or in something that is no folder.</summary>
    public static SafeFileHandle? OpenFolder(string path)
    {
        var descriptor = Open(path, s_closeOnExec | s_noFollow | s_folderOnly);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>The file inside the folder, whatever the folder's path means by now; null with the error when it cannot be opened.</summary>
    public static SafeFileHandle? OpenFile(SafeFileHandle folder, string file, out int error)
    {
        var descriptor = OpenAt(folder, file, s_closeOnExec | s_noFollow | s_nonBlocking);
        error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Makes renames inside the folder durable. Where folders cannot be synced (Windows) the file system orders them itself.</summary>
    public static void SyncFolder(string path)
    {
        if (OperatingSystem.IsWindows()) { return; }

        using var folder = OpenFolder(path) ?? throw new IOException($"The folder {path} is gone.");
        if (Sync(folder) != 0) { throw new IOException($"The folder {path} cannot be synced.", Marshal.GetLastPInvokeError()); }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenAt(SafeFileHandle folder, string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(SafeFileHandle file);
}
