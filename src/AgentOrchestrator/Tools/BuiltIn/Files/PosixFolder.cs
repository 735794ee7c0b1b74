using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AgentOrchestrator.Tools.BuiltIn.Files;

/// <summary>What the framework's file calls cannot do on Unix: go down a folder at a time without following links or waiting for a pipe's writer.</summary>
static partial class PosixFolder
{
    const int NoSuchFile = 2;
    const int Exists = 17;
    const int OwnerWrites = 0x1A4; // rw-r--r--
    const int OwnerEnters = 0x1ED; // rwxr-xr-x

    static readonly bool s_isMac = OperatingSystem.IsMacOS();
    static readonly bool s_isArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    // From fcntl.h of Linux (generic and arm) and of macOS.
    static readonly int s_nonBlocking = s_isMac ? 0x4 : 0x800;
    static readonly int s_closeOnExec = s_isMac ? 0x1000000 : 0x80000;
    static readonly int s_noFollow = s_isMac ? 0x100 : s_isArm ? 0x8000 : 0x20000;
    static readonly int s_folderOnly = s_isMac ? 0x100000 : s_isArm ? 0x4000 : 0x10000;
    static readonly int s_newToWrite = s_isMac ? 0x1 | 0x200 | 0x800 : 0x1 | 0x40 | 0x80;

    /// <summary>The folder that tools are confined to. Whoever configured it may have named a link.</summary>
    public static SafeFileHandle Open(string path) => Handle(Open(path, s_closeOnExec | s_folderOnly)) ?? throw new IOException($"The folder {path} cannot be opened.");

    /// <summary>A real folder below; null when there is none of that name.</summary>
    /// <exception cref="IOException">It is no folder, or a link.</exception>
    public static SafeFileHandle? Enter(SafeFileHandle folder, string name) => At(folder, name, s_closeOnExec | s_noFollow | s_folderOnly);

    /// <summary>What is there under that name, to be read; null for nothing.</summary>
    /// <exception cref="IOException">It is a link, or may not be read.</exception>
    public static SafeFileHandle? Find(SafeFileHandle folder, string name) => At(folder, name, s_closeOnExec | s_noFollow | s_nonBlocking);

    /// <summary>A new file.</summary>
    public static SafeFileHandle Create(SafeFileHandle folder, string name) =>
        Handle(OpenAt(folder, name, s_newToWrite | s_closeOnExec | s_noFollow, OwnerWrites)) ?? throw Failed();

    /// <summary>Makes a folder, unless there is something of that name.</summary>
    public static void MakeFolder(SafeFileHandle folder, string name)
    {
        if (MkdirAt(folder, name, OwnerEnters) != 0 && Marshal.GetLastPInvokeError() != Exists) { throw Failed(); }
    }

    /// <summary>Puts one entry of a folder in the place of another.</summary>
    public static void Replace(SafeFileHandle folder, string from, string to)
    {
        if (RenameAt(folder, from, folder, to) != 0) { throw Failed(); }
    }

    public static void Delete(SafeFileHandle folder, string name) => _ = UnlinkAt(folder, name, 0);

    static SafeFileHandle? At(SafeFileHandle folder, string name, int flags)
    {
        var handle = Handle(OpenAt(folder, name, flags, 0));
        return handle is not null || Marshal.GetLastPInvokeError() == NoSuchFile ? handle : throw Failed();
    }

    static SafeFileHandle? Handle(int descriptor) => descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);

    static IOException Failed() => new(Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenAt(SafeFileHandle folder, string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MkdirAt(SafeFileHandle folder, string path, int mode);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt(SafeFileHandle folder, string from, SafeFileHandle toFolder, string to);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnlinkAt(SafeFileHandle folder, string path, int flags);
}
