namespace AgentOrchestrator.Runner;

/// <summary>How long to wait before the next try.</summary>
static class Backoff
{
    static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan s_longest = TimeSpan.FromSeconds(5);
    static readonly TimeSpan s_longestAsked = TimeSpan.FromMinutes(1);

    /// <summary>Doubles from 0.1 s to 5 s; between half and all of that, so that runners do not come back in step.</summary>
    /// <param name="failures">How often it has failed in a row, 1 or more.</param>
    /// <param name="jitter">0 to 1.</param>
    /// <param name="least">What the server asks for, up to a minute; up to half as long again is added.</param>
    public static TimeSpan Delay(int failures, double jitter, TimeSpan? least = null)
    {
        var whole = s_first * Math.Pow(2, Math.Min(failures - 1, 10));
        var own = (whole < s_longest ? whole : s_longest) * (0.5 + (jitter / 2));
        var asked = (least < s_longestAsked ? least.Value : least is null ? TimeSpan.Zero : s_longestAsked) * (1 + (jitter / 2));
        return own > asked ? own : asked;
    }
}
