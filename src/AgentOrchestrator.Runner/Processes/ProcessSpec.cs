namespace AgentOrchestrator.Runner.Processes;

/// <summary>What to start, and everything that it may see.</summary>
public sealed record ProcessSpec
{
    /// <summary>A path, or a name that is looked up on the <c>PATH</c> of <see cref="Environment"/>.</summary>
    public required string Program { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>An existing absolute folder.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>
    /// The whole environment; nothing is inherited. Its <see cref="ProcessMark.Variable"/>, the token of the attempt, gets a suffix of its own
    /// for this process; without one a random token is made.
    /// </summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>All that the program's stdin gives, followed by its end; null when the starter writes by itself.</summary>
    public ReadOnlyMemory<byte>? Input { get; init; }

    /// <summary>The longest line of output that is kept; the rest of a longer one is read and dropped.</summary>
    /// <value>1 MiB.</value>
    public int MaxLineBytes { get; init; } = 1024 * 1024;

    /// <summary>Whether a longer line that is one JSON object is kept with its long strings cut, see <see cref="JsonShortener"/>.</summary>
    public bool ShortensJson { get; init; }

    /// <summary>What it may take together with all that it starts, where the host can hold it to that.</summary>
    public Containers.RunLimits Limits { get; init; } = new();

    /// <summary>How much of the end of stderr is kept.</summary>
    /// <value>16 KiB.</value>
    public int ErrorTailBytes { get; init; } = 16 * 1024;
}
