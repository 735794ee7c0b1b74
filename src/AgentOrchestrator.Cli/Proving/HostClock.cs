using System.Globalization;

namespace AgentOrchestrator.Cli.Proving;

/// <summary>The time since this machine was started: one clock for the laboratory and for the shells of its programs, that nobody sets.</summary>
static class HostClock
{
    public const string File = "/proc/uptime";

    /// <summary>To the hundredth of a second.</summary>
    public static TimeSpan Now => Parse(System.IO.File.ReadAllText(File).Split(' ')[0]);

    public static TimeSpan Parse(string seconds) => TimeSpan.FromSeconds(double.Parse(seconds, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture));
}
