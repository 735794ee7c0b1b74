using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AgentOrchestrator.Runner;

/// <summary>A clock that all processes of a host share, that nobody sets, and that goes on while the host sleeps.</summary>
static partial class BootClock
{
    const int Boottime = 7;

    /// <summary>Time since the host was started. Elsewhere than on Linux without its sleep.</summary>
    public static TimeSpan Now
    {
        get
        {
            if (!OperatingSystem.IsLinux())
            {
                return TimeSpan.FromSeconds(Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency);
            }

            _ = GetTime(Boottime, out var time);
            return TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / TimeSpan.NanosecondsPerTick);
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out Time time);

    struct Time
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
