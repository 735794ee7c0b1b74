using System.Text.Json.Serialization;

namespace AgentOrchestrator.Protocol.Tools;

/// <summary><c>GET /action-servers/available</c>.</summary>
public sealed record ActionServers
{
    public required IReadOnlyList<AvailableServer> Servers { get; init; }

    /// <summary>Where the file of them belongs; for owners.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? File { get; init; }

    /// <summary>Servers of the file that cannot be used.</summary>
    public required IReadOnlyList<ActionServerFault> Faults { get; init; }
}

/// <summary>A server that an agent can be assigned.</summary>
public sealed record AvailableServer
{
    /// <summary>Its key in the file.</summary>
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string Description { get; init; }
    public required string Type { get; init; }
    public string? Url { get; init; }

    /// <summary>The whole command that starts a program, with variables by their names; for owners.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Command { get; init; }

    /// <summary><c>unknown</c> (nobody asked it yet), <c>ok</c>, <c>failing</c>, <c>resting</c> (left alone for a while after faults in a row).</summary>
    public required string State { get; init; }

    /// <summary>How many actions it has; null when it has not said.</summary>
    public int? Actions { get; init; }
    public string? LastError { get; init; }
    public DateTimeOffset? LastErrorAt { get; init; }
}

/// <summary><c>POST /agents/assign-action-server</c>.</summary>
public sealed record AssignServer
{
    public string? AgentName { get; init; }

    /// <summary>The key of a server.</summary>
    public string? ActionServer { get; init; }
}

/// <summary><c>POST /agents/remove-action-server</c>.</summary>
public sealed record RemoveServer
{
    public string? AgentName { get; init; }
}

/// <summary>A server was assigned, taken away or asked anew.</summary>
public sealed record ActionServerChanged
{
    public bool Ok { get; init; } = true;
    public required string Message { get; init; }

    /// <summary>Always false: an agent has what it is given from its next call on.</summary>
    public bool AgentRestarted { get; init; }
    public required string Note { get; init; }
}
