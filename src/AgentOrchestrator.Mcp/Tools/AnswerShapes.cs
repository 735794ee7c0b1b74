using System.Text.Json;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Mcp.Tools;

/// <summary>Lists stand under <c>result</c>: structures of tools are objects.</summary>
sealed record AgentsShown(IReadOnlyList<AgentShown> Result);

sealed record AgentShown(string Name, string Description, IReadOnlyList<string> Tags);

/// <summary>The older vocabulary's list, as text.</summary>
sealed record AgentsListed(int Total, IReadOnlyList<AgentShown> Agents);

sealed record SessionsShown(IReadOnlyList<SessionShown> Result)
{
    /// <summary>Where the next page begins; null on the last one.</summary>
    public string? NextCursor { get; init; }
}

sealed record SessionShown
{
    public required string SessionId { get; init; }
    public required string SessionName { get; init; }
    public required SessionStatus Status { get; init; }
    public string? WaitingReason { get; init; }
    public string? AgentName { get; init; }
    public string? ParentSessionId { get; init; }
    public string? ProjectDir { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? LastResumedAt { get; init; }
}

/// <summary>The older vocabulary's list, as text.</summary>
sealed record SessionsListed(int Total, IReadOnlyList<SessionShown> Sessions);

/// <summary>A run that was queued and is not waited for.</summary>
sealed record RunQueued
{
    public required string SessionId { get; init; }
    public required string SessionName { get; init; }
    public required string RunId { get; init; }
    public string JobId => RunId;
    public required string Status { get; init; }
    public required string Message { get; init; }

    /// <summary>The session that the end will be told to.</summary>
    public string? CallbackTo { get; init; }
}

sealed record ResultShown
{
    public required string SessionId { get; init; }
    public string? SessionName { get; init; }
    public string? RunId { get; init; }
    public required string Result { get; init; }

    /// <summary>The result of an agent that answers with JSON.</summary>
    public JsonElement? ResultData { get; init; }
}

sealed record StatusShown(string SessionId, string Status)
{
    public string? WaitingReason { get; init; }
}

sealed record StopShown(string SessionId, string SessionName, string Status)
{
    public string? Message { get; init; }
    public int DescendantsStopped { get; init; }
}

sealed record DeletedShown(int DeletedCount)
{
    /// <summary>The names of those that work and stay.</summary>
    public IReadOnlyList<string>? Working { get; init; }
}

sealed record FailureShown
{
    public required string Error { get; init; }

    /// <summary>One word for programs, as in the problem details of HTTP.</summary>
    public string? Code { get; init; }
    public string? SessionId { get; init; }
    public string? RunId { get; init; }
    public string? Status { get; init; }
}
