namespace AgentOrchestrator.Tools.Catalog;

/// <summary>What the servers of a catalogue may take.</summary>
public sealed record ToolCatalogLimits
{
    /// <summary>Why no programs are started here; null where they are.</summary>
    public string? NoPrograms { get; init; }

    /// <summary>For a server to say which tools it has.</summary>
    /// <value>30 seconds.</value>
    public TimeSpan ListTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For one call; a server's own <c>timeout_seconds</c> takes its place.</summary>
    /// <value>2 minutes.</value>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a list of tools is believed. A server that says that its tools are others is asked at once.</summary>
    /// <value>5 minutes.</value>
    public TimeSpan ListLifetime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a server that could not say its tools is left alone.</summary>
    /// <value>10 seconds.</value>
    public TimeSpan ListRest { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many faults in a row make a server rest: silence, a broken connection, nonsense, a status from 500. What a tool says of itself is none.</summary>
    /// <value>5.</value>
    public int MaxFaults { get; init; } = 5;

    /// <summary>How long it rests; then one call finds out whether it is back.</summary>
    /// <value>30 seconds.</value>
    public TimeSpan FaultRest { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest result, in characters of JSON; a longer one is cut, and says so.</summary>
    /// <value>200,000.</value>
    public int MaxResultLength { get; init; } = 200_000;
}
