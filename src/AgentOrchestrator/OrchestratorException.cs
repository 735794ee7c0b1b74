namespace AgentOrchestrator;

/// <summary>An orchestrator was asked for something that it cannot do; <see cref="Error"/> says what, the message which.</summary>
public sealed class OrchestratorException(OrchestratorError error, string message) : Exception(message)
{
    /// <summary>What went wrong.</summary>
    public OrchestratorError Error { get; } = error;
}

/// <summary>What can go wrong with an orchestrator.</summary>
public enum OrchestratorError
{
    /// <summary>There is an agent of that name already; names differ by more than case.</summary>
    DuplicateAgent,

    /// <summary>There is no agent of that name.</summary>
    UnknownAgent,

    /// <summary>No agent was named, and there is none at all that could be the default.</summary>
    NoDefaultAgent,

    /// <summary>Names have 1 to 60 letters, digits, _ and -, and begin with a letter or digit.</summary>
    InvalidName,

    /// <summary>A run came to one of its bounds before the model had answered.</summary>
    LimitReached,

    /// <summary>A state file cannot be read.</summary>
    InvalidState,

    /// <summary>An agent came back from a state file without all of its tools; the message names those that are missing.</summary>
    MissingTool,
}
