using System.Diagnostics;

namespace AgentOrchestrator.ServerTests.Faults;

/// <summary>A real file system of a few megabytes, which a test fills. Needs the right to mount.</summary>
sealed class SmallDisk : IDisposable
{
    readonly string _filler;

    SmallDisk(string folder) => (Folder, _filler) = (folder, Path.Combine(folder, "filler"));

    public string Folder { get; }

    /// <summary>On that folder, which is made. Without the right to mount the test is skipped, or fails where everything has to be tested.</summary>
    public static SmallDisk Mount(string folder, int megabytes)
    {
        Directory.CreateDirectory(folder);
        var why = OperatingSystem.IsLinux()
            ? Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "ao-small-disk", folder)
            : "file systems in memory are mounted on Linux only";
        Assert.False(why is not null && Environment.GetEnvironmentVariable("TEST_LEVEL") == "full", $"needs to mount a small disk: {why}");
        Assert.SkipWhen(why is not null, $"needs to mount a small disk: {why}");
        return new SmallDisk(folder);
    }

    /// <summary>Leaves no byte.</summary>
    public void Fill()
    {
        using var file = new FileStream(_filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var portion = new byte[1 << 20]; portion.Length >= 4_096; portion = new byte[portion.Length / 2])
        {
            while (TryWrite(file, portion))
            {
            }
        }
    }

    public void Free() => File.Delete(_filler);

    public void MakeReadOnly() => Assert.Null(Run("mount", "-o", "remount,ro", Folder));

    public void Dispose() => Run("umount", "--lazy", Folder);

    static bool TryWrite(FileStream file, byte[] portion)
    {
        try
        {
            file.Write(portion);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <returns>What it said when it failed.</returns>
    static string? Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : said.Trim();
    }
}
