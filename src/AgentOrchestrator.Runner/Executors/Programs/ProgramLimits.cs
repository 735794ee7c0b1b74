namespace AgentOrchestrator.Runner.Executors.Programs;

/// <summary>The bounds of programs that agents bring along.</summary>
sealed record ProgramLimits
{
    /// <summary>How much a program may write to stdout: what it writes is a result, and one event and one report carry that.</summary>
    /// <value>256 KiB.</value>
    public int MaxOutputBytes { get; init; } = 256 * 1024;

    /// <summary>How large JSON may be as the wire carries it, where a character that is not ASCII takes six bytes.</summary>
    /// <value>320 KiB.</value>
    public int MaxDataBytes { get; init; } = 320 * 1024;

    /// <summary>How deep JSON may nest, so that an event can carry it.</summary>
    /// <value>24 levels.</value>
    public int MaxDataDepth { get; init; } = 24;

    /// <summary>How much of JSON is repeated as the result's text.</summary>
    /// <value>65,536 characters.</value>
    public int MaxDataTextChars { get; init; } = 64 * 1024;

    /// <summary>How long a program may take to end by itself after SIGTERM.</summary>
    /// <value>5 seconds, less than a runner gives its executors.</value>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the last requests of a program that has ended may take.</summary>
    /// <value>5 seconds.</value>
    public TimeSpan LastWords { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The largest body that a program may post, as the server has it.</summary>
    /// <value>1 MiB.</value>
    public int MaxBodyBytes { get; init; } = 1024 * 1024;

    /// <summary>How many requests of one program are dealt with at a time; further ones wait.</summary>
    /// <value>32.</value>
    public int MaxRequests { get; init; } = 32;
}
