using System.Net;

namespace AgentOrchestrator.Server.Access;

/// <summary>Counts wrong tokens per address, so that guessing is slow. A right token is never asked how often others were wrong.</summary>
sealed class FailureLimit(TimeProvider time)
{
    /// <summary>Wrong tokens from one address in one minute; the next are answered with 429.</summary>
    public const int PerMinute = 10;

    const int MaxAddresses = 4_096;

    static readonly TimeSpan s_window = TimeSpan.FromMinutes(1);

    readonly Lock _lock = new();
    readonly Dictionary<IPAddress, Window> _windows = [];

    /// <summary>Counts one failure. Null while within the limit, else how long to wait.</summary>
    public TimeSpan? Note(IPAddress? address)
    {
        var now = time.GetTimestamp();
        var key = NetworkAddress.Of(address);
        lock (_lock)
        {
            if (!_windows.TryGetValue(key, out var window) || time.GetElapsedTime(window.Since, now) >= s_window)
            {
                MakeRoom(now);
                window = new Window(now, 0);
            }

            _windows[key] = window with { Failures = window.Failures + 1 };
            return window.Failures < PerMinute ? null : s_window - time.GetElapsedTime(window.Since, now);
        }
    }

    /// <summary>Bounded memory: first the windows that are over go, then all of them.</summary>
    void MakeRoom(long now)
    {
        if (_windows.Count < MaxAddresses)
        {
            return;
        }

        foreach (var (address, window) in _windows)
        {
            if (time.GetElapsedTime(window.Since, now) >= s_window)
            {
                _windows.Remove(address);
            }
        }

        if (_windows.Count >= MaxAddresses)
        {
            _windows.Clear();
        }
    }

    readonly record struct Window(long Since, int Failures);
}
