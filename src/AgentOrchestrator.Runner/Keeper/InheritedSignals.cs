using System.Globalization;
using System.Runtime.InteropServices;

namespace AgentOrchestrator.Runner.Keeper;

/// <summary>
/// A shell makes what it starts with <c>&amp;</c> ignore the signals of Ctrl-C, and whoever ignores a signal hands that on to its programs: they
/// could then be stopped by force only.
/// </summary>
static partial class InheritedSignals
{
    const int Hangup = 1, Interrupt = 2, Quit = 3, Terminate = 15;

    static readonly int[] s_stops = [Hangup, Interrupt, Quit, Terminate];

    /// <summary>From now on the signals that end programs do so again, in this process and in those that it starts. Before anything handles one.</summary>
    public static void Heed()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        const string Ignored = "SigIgn:";
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(Ignored, StringComparison.Ordinal));
        var mask = ulong.Parse(line.AsSpan(Ignored.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        foreach (var signal in s_stops.Where(signal => (mask & (1UL << (signal - 1))) != 0))
        {
            _ = Handle(signal, handler: 0);
        }
    }

    /// <param name="handler">0 for what the system does with the signal.</param>
    [LibraryImport("libc", EntryPoint = "signal")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Handle(int signal, nint handler);
}
