using System.Text.Json;

namespace AgentOrchestrator.Tools.Catalog;

/// <summary>What a call brought.</summary>
/// <param name="Kind">How it ended.</param>
/// <param name="Result">JSON that fits into an answer; null for an error, and for a tool that brings nothing.</param>
/// <param name="Error">In words for the model; null when it went well.</param>
/// <param name="Duration">From the first byte of ours to the end.</param>
public sealed record ToolOutcome(ToolOutcomeKind Kind, JsonElement? Result, string? Error, TimeSpan Duration);

/// <summary>How a call ended.</summary>
public enum ToolOutcomeKind
{
    Ok,

    /// <summary>Not made: the arguments do not fit, or something between us and the server forbids it.</summary>
    Refused,

    /// <summary>The tool itself says that it went wrong.</summary>
    Failed,

    /// <summary>The server is away, broke off or talked nonsense.</summary>
    ServerFault,

    /// <summary>Nothing came in time. Whether it had its effect is not known.</summary>
    TimedOut,
}
