using System.Text.Json.Serialization;

namespace AgentOrchestrator.Protocol.Agents;

/// <summary><c>GET /agents/runbooks/{name}</c>: what an agent is for, as <c>runbooks/{name}.md</c> says it.</summary>
public sealed record Runbook
{
    public const string CurrentVersion = "1.0.0";

    public string? AgentName { get; init; }
    public string? JobTitle { get; init; }
    public string? Role { get; init; }
    public IReadOnlyList<RunbookCapability>? Capabilities { get; init; }
    public IReadOnlyList<string>? CollaborationPatterns { get; init; }
    public IReadOnlyList<string>? Dependencies { get; init; }
    public string? Version { get; init; }

    /// <summary>Sections of the file that have no member here; they stay when it is written.</summary>
    [JsonIgnore] public IReadOnlyList<RunbookSection> Others { get; init; } = [];
}

/// <summary>One thing that the agent can do.</summary>
public sealed record RunbookCapability
{
    public string? Name { get; init; }
    public string? Description { get; init; }

    /// <summary>By name, what each one means.</summary>
    public IReadOnlyDictionary<string, string>? Parameters { get; init; }
    public string? ExampleUsage { get; init; }
    public IReadOnlyList<string>? Tags { get; init; }
}

/// <param name="Text">As it stands in the file.</param>
public sealed record RunbookSection(string Title, string Text);

/// <summary><c>GET /agents/capabilities</c>: one line.</summary>
public sealed record AgentCapability(string Agent, string Capability);
