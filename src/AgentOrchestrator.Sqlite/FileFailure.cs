namespace AgentOrchestrator.Sqlite;

/// <summary>What a failed call of the file system means.</summary>
static class FileFailure
{
    // The system's own numbers on Unix; Windows has codes of its own.
    const int NoSpace = 28, ReadOnlyFileSystem = 30, NoQuotaOnLinux = 122, NoQuotaOnMac = 69;
    const int DiskFullOnWindows = unchecked((int)0x80070070), HandleDiskFullOnWindows = unchecked((int)0x80070027);

    public static bool IsFull(IOException failure) => OperatingSystem.IsWindows()
        ? failure.HResult is DiskFullOnWindows or HandleDiskFullOnWindows
        : failure.HResult == NoSpace || IsOverQuota(failure.HResult);

    /// <param name="number">The system's own, of the call that failed.</param>
    public static bool IsOverQuota(int number) =>
        OperatingSystem.IsMacOS() ? number == NoQuotaOnMac : !OperatingSystem.IsWindows() && number == NoQuotaOnLinux;

    public static bool IsReadOnly(IOException failure) => !OperatingSystem.IsWindows() && failure.HResult == ReadOnlyFileSystem;
}
