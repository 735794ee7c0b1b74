namespace AgentOrchestrator.Tools;

/// <summary>A tool, or the server that it comes from, cannot be used. The message is meant for the model and for people, and holds no secrets.</summary>
public sealed class ToolException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether the server is to blame: it is away, silent, or talks nonsense. False for what it, or somebody before it, refused.</summary>
    public bool IsServersFault { get; init; }

    /// <summary>Whether nothing came in time.</summary>
    public bool IsTimeout { get; init; }
}
