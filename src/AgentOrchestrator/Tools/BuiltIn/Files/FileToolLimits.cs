namespace AgentOrchestrator.Tools.BuiltIn.Files;

/// <summary>The bounds of the tools for files.</summary>
public sealed record FileToolLimits
{
    /// <summary>The largest file that is read or searched, in bytes.</summary>
    /// <value>10 MiB.</value>
    public int MaxFileBytes { get; init; } = 10 * 1024 * 1024;

    /// <summary>How much of a file is read at a time, in characters.</summary>
    /// <value>100,000.</value>
    public int MaxReadLength { get; init; } = 100_000;

    /// <summary>The longest content that is written, in bytes.</summary>
    /// <value>1 MiB.</value>
    public int MaxWriteBytes { get; init; } = 1024 * 1024;

    /// <summary>How many entries of a folder are listed.</summary>
    /// <value>1,000.</value>
    public int MaxEntries { get; init; } = 1_000;

    /// <summary>How many lines a search finds.</summary>
    /// <value>100.</value>
    public int MaxMatches { get; init; } = 100;

    /// <summary>How many files, and how many bytes of them, a search looks into.</summary>
    /// <value>10,000 files, 64 MiB.</value>
    public (int Files, long Bytes) MaxSearched { get; init; } = (10_000, 64L * 1024 * 1024);

    /// <summary>How deep below its folder a search goes.</summary>
    /// <value>20.</value>
    public int MaxDepth { get; init; } = 20;
}
