namespace AgentOrchestrator.Protocol.Sessions;

/// <summary><c>POST /sessions</c>. For the session that an executor is running it binds the executor's id to it.</summary>
public sealed record CreateSession
{
    public string? SessionId { get; init; }
    public string? SessionName { get; init; }
    public string? ProjectDir { get; init; }
    public string? AgentName { get; init; }
    public string? ParentSessionId { get; init; }
    public string? ParentSessionName { get; init; }
    public ExecutionMode? ExecutionMode { get; init; }
}

/// <summary><c>PATCH /sessions/{id}/metadata</c>: null leaves a field as it is.</summary>
public sealed record PatchSession
{
    public string? SessionName { get; init; }
    public string? ProjectDir { get; init; }
    public string? AgentName { get; init; }
    public DateTimeOffset? LastResumedAt { get; init; }
    public string? ExecutorSessionId { get; init; }
    public string? ExecutorType { get; init; }
    public string? ExecutorProfile { get; init; }
    public string? Hostname { get; init; }
}

/// <summary><c>POST /sessions/{id}/bind</c>: the executor tells where the conversation lives.</summary>
public sealed record BindSession
{
    public string? ExecutorSessionId { get; init; }
    public string? Hostname { get; init; }
    public string? ExecutorType { get; init; }
    public string? ExecutorProfile { get; init; }
    public string? ProjectDir { get; init; }
}
