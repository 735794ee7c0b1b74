namespace AgentOrchestrator.Runner.Processes;

/// <summary>How a process ended.</summary>
/// <param name="Code">Its exit code; 128 + the signal's number when a signal ended it, as shells say it.</param>
public sealed record ProcessExit(int Code)
{
    static readonly Dictionary<int, string> s_signals = new()
    {
        [1] = "SIGHUP",
        [2] = "SIGINT",
        [3] = "SIGQUIT",
        [4] = "SIGILL",
        [6] = "SIGABRT",
        [7] = "SIGBUS",
        [8] = "SIGFPE",
        [9] = "SIGKILL",
        [11] = "SIGSEGV",
        [13] = "SIGPIPE",
        [14] = "SIGALRM",
        [15] = "SIGTERM",
        [24] = "SIGXCPU",
        [25] = "SIGXFSZ",
        [31] = "SIGSYS",
    };

    /// <summary>The signal that its code stands for; null for an exit of its own.</summary>
    /// <remarks>A program that handles a signal and then exits with 128 + its number looks the same.</remarks>
    public string? Signal => !OperatingSystem.IsWindows() && s_signals.TryGetValue(Code - 128, out var name) ? name : null;

    public override string ToString() => Signal is { } signal ? $"ended by {signal}" : $"exited with code {Code}";
}
