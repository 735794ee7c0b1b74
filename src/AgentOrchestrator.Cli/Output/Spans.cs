using System.Globalization;

namespace AgentOrchestrator.Cli.Output;

/// <summary>Lengths of time as people read them.</summary>
static class Spans
{
    /// <summary>A whole number with a unit, <c>90s</c>, <c>10m</c>, <c>2h</c>, <c>1d</c>, or of seconds; at most 10 years.</summary>
    public static bool TryParse(string text, out TimeSpan span)
    {
        span = default;
        if (text.Length == 0)
        {
            return false;
        }

        var unit = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3_600, 'd' => 86_400, _ => 0 };
        if (!int.TryParse(unit == 0 ? text : text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        var seconds = (long)number * Math.Max(unit, 1);
        span = TimeSpan.FromSeconds(Math.Min(seconds, int.MaxValue));
        return seconds <= 3_650L * 86_400;
    }

    /// <summary>One unit: <c>12s</c>, <c>5m</c>, <c>3h</c>, <c>2d</c>.</summary>
    public static string Age(TimeSpan span) => span switch
    {
        { TotalSeconds: < 1 } => "0s",
        { TotalMinutes: < 1 } => $"{(int)span.TotalSeconds}s",
        { TotalHours: < 1 } => $"{(int)span.TotalMinutes}m",
        { TotalDays: < 1 } => $"{(int)span.TotalHours}h",
        _ => $"{(int)span.TotalDays}d",
    };

    /// <summary>What something took: <c>340 ms</c>, <c>2.4 s</c>, <c>3 m 05 s</c>, <c>1 h 02 m</c>.</summary>
    public static string Took(TimeSpan span) => span switch
    {
        { TotalMilliseconds: < 999.5 } => $"{span.TotalMilliseconds:0} ms",
        { TotalMinutes: < 1 } => $"{span.TotalSeconds:0.0} s",
        { TotalHours: < 1 } => $"{span.Minutes} m {span.Seconds:00} s",
        _ => $"{(int)span.TotalHours} h {span.Minutes:00} m",
    };
}
