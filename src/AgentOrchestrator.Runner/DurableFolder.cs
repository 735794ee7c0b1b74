using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AgentOrchestrator.Runner;

/// <summary>Makes new names in a folder survive a power cut: on Unix the folder itself must be flushed.</summary>
static partial class DurableFolder
{
    // O_CLOEXEC of fcntl.h, so that no executor inherits the handle.
    static readonly int s_closeOnExec = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000;

    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var handle = new SafeFileHandle(Open(folder, s_closeOnExec), ownsHandle: true);
        if (handle.IsInvalid || Sync(handle) != 0)
        {
            throw new IOException($"The folder {folder} cannot be flushed (errno {Marshal.GetLastPInvokeError()})");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(SafeFileHandle folder);
}
