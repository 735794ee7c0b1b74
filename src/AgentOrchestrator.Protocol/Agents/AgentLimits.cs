namespace AgentOrchestrator.Protocol.Agents;

/// <summary>What may be asked for as the limits of a run.</summary>
public static class AgentLimits
{
    /// <summary>Less than this does not start most programs.</summary>
    public const int MinMemoryMb = 8;

    /// <summary>16 TiB.</summary>
    public const int MaxMemoryMb = 16 * 1024 * 1024;

    /// <summary>As many as a Linux host can have.</summary>
    public const int MaxProcesses = 4_194_304;
}
