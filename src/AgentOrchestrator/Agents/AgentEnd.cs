using AgentOrchestrator.Models;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Agents;

/// <summary>How a run ended, and what it adds to the conversation.</summary>
public sealed record AgentEnd
{
    /// <summary>Why the run ended.</summary>
    public required EndReason Reason { get; init; }

    /// <summary>The model's last words; empty when it said none.</summary>
    public required string Text { get; init; }

    /// <summary>What went wrong, for a person; null when the model has answered.</summary>
    public string? Error { get; init; }

    /// <summary>For <see cref="EndReason.Limit"/>: which bound it was.</summary>
    public LoopBound? Bound { get; init; }

    /// <summary>For <see cref="EndReason.Failed"/>: what the provider said.</summary>
    public ModelException? Failure { get; init; }

    /// <summary>All answers and tool results of the run, in order. Each tool call has a result, also where the run was cut off in the middle.</summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>What the run used.</summary>
    public required AgentUsage Usage { get; init; }
}

/// <summary>The bounds of <see cref="LoopLimits"/> that end a run.</summary>
public enum LoopBound
{
    Turns,
    Tokens,
    Cost,
    Time,
}

/// <summary>Why a run ended.</summary>
public enum EndReason
{
    /// <summary>The model has answered without asking for a tool.</summary>
    Answered,

    /// <summary>One of <see cref="LoopLimits"/> was reached.</summary>
    Limit,

    /// <summary>The model could not be called, or broke off; see <see cref="AgentEnd.Failure"/>.</summary>
    Failed,

    /// <summary>It was cancelled.</summary>
    Stopped,
}
