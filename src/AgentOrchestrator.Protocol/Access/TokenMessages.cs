namespace AgentOrchestrator.Protocol.Access;

/// <summary>What a principal may do. Every route names the least it asks for.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(WireEnum<Role>))]
public enum Role
{
    /// <summary>Everything, tokens included.</summary>
    Owner,

    /// <summary>Starts, stops and resumes work, and switches agents on and off; to define agents takes the owner.</summary>
    Operator,

    /// <summary>Reads, and decides approvals.</summary>
    Approver,

    /// <summary>Reads.</summary>
    Viewer,

    /// <summary>Claims runs and reports on them.</summary>
    Runner,

    /// <summary>An agent inside a run: its own session and its children, while its lease lives.</summary>
    Agent,
}

/// <summary><c>POST /tokens</c>.</summary>
public sealed record CreateToken
{
    public string? Name { get; init; }
    public Role? Role { get; init; }

    /// <summary>Seconds from now; without end when missing.</summary>
    public long? ExpiresInSeconds { get; init; }
}

/// <summary>The only time that the token itself is shown.</summary>
public sealed record TokenCreated(string TokenId, string Token, TokenView View);

public sealed record TokenView(
    string TokenId, string Name, Role Role, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt);

public sealed record TokenList(IReadOnlyList<TokenView> Tokens);
