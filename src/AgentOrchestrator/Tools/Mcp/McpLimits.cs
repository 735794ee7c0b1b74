namespace AgentOrchestrator.Tools.Mcp;

/// <summary>What one MCP server may take.</summary>
public sealed record McpLimits
{
    /// <summary>To connect, or to list its tools.</summary>
    /// <value>30 seconds.</value>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For one call.</summary>
    /// <value>2 minutes.</value>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How many tools are taken.</summary>
    /// <value>1,000.</value>
    public int MaxTools { get; init; } = 1_000;

    /// <summary>The longest line of a program, in bytes. Answers over HTTP are bounded by the outbound policy.</summary>
    /// <value>10 MiB.</value>
    public int MaxLineBytes { get; init; } = 10 * 1024 * 1024;
}
