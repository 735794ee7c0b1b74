namespace AgentOrchestrator.Tools.Catalog;

/// <summary>How a server did when it was last asked.</summary>
/// <param name="State">The present word.</param>
/// <param name="Tools">How many tools it has; null when it has not said.</param>
/// <param name="LastError">In words; null when there was none.</param>
/// <param name="LastErrorAt">When that was.</param>
public sealed record ServerHealth(ServerState State, int? Tools, string? LastError, DateTimeOffset? LastErrorAt)
{
    /// <summary>Of a server that was never asked.</summary>
    public static ServerHealth Unknown { get; } = new(ServerState.Unknown, null, null, null);
}

/// <summary>How a server does.</summary>
public enum ServerState
{
    /// <summary>Nobody has asked it yet.</summary>
    Unknown,

    /// <summary>It answered when it was last asked.</summary>
    Ok,

    /// <summary>It did not when it was last asked.</summary>
    Failing,

    /// <summary>It failed several times in a row and is left alone for a while.</summary>
    Resting,
}
