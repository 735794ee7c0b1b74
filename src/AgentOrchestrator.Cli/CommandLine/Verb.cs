namespace AgentOrchestrator.Cli.CommandLine;

/// <summary>One thing that <c>ao</c> does: its grammar, its help and its code.</summary>
sealed record Verb(string Name, string Summary, Func<Invocation, Task<int>> Run)
{
    public IReadOnlyList<Positional> Positionals { get; init; } = [];

    public IReadOnlyList<Flag> Flags { get; init; } = [];

    /// <summary>What a reader of the help must know beyond the flags.</summary>
    public string? Remarks { get; init; }

    /// <summary>Under its name of the predecessor it speaks JSON alone, errors included.</summary>
    public bool IsJsonForSeed { get; init; }

    /// <summary>Every argument goes to another program as it is.</summary>
    public bool PassesArguments { get; init; }
}

/// <param name="IsOptional">May be left out; only the last one may.</param>
sealed record Positional(string Name, string Meaning, bool IsOptional = false);

/// <param name="Name">With its dashes.</param>
/// <param name="Value">What its value is called in the help; null for a switch.</param>
sealed record Flag(string Name, string Meaning, string? Value = null, char? Short = null)
{
    public static readonly Flag Json = new("--json", "Print JSON for programs");
    public static readonly Flag Help = new("--help", "Show this text", Short: 'h');
}
