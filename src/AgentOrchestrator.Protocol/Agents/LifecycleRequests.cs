using System.Text.Json.Serialization;

namespace AgentOrchestrator.Protocol.Agents;

/// <summary><c>POST /agents/start</c> and <c>POST /agents/stop</c>.</summary>
public sealed record NameAgent(string? Name);

/// <summary><c>POST /agents/create</c>: an agent by its role, with a runbook.</summary>
public sealed record FoundAgent
{
    public string? Name { get; init; }
    public string? Role { get; init; }
    public IReadOnlyList<RunbookCapability>? Capabilities { get; init; }

    /// <summary>The key of a tool server; none when missing.</summary>
    public string? ActionServer { get; init; }
}

/// <summary><c>POST /agents/delete</c>.</summary>
public sealed record RemoveAgent(string? Name, bool? RemoveRunbook);

/// <summary>An agent was started, stopped, created or deleted; a member that says nothing of the act is left out.</summary>
public sealed record AgentChanged
{
    public bool Ok { get; init; } = true;
    public required string Message { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? AgentName { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? RunbookCreated { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? ActionServerAssigned { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? RunbookRemoved { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? ConfigRemoved { get; init; }

    /// <summary>Whether it was started when it was deleted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? ProcessStopped { get; init; }

    /// <summary>How many of its runs were told to stop.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? RunsStopped { get; init; }
}
