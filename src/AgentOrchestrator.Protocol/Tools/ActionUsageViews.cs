namespace AgentOrchestrator.Protocol.Tools;

/// <summary><c>GET /actions/usage</c>: which actions were called, newest first.</summary>
/// <param name="NextBefore">Give it as <c>before</c> for the next page; null at the end.</param>
public sealed record ActionUsage(IReadOnlyList<ActionCallView> Calls, long? NextBefore);

/// <summary>One call: who, what, when and how, and nothing of what was said.</summary>
public sealed record ActionCallView
{
    public required long Seq { get; init; }
    public required string AgentName { get; init; }

    /// <summary>Null for a call that no run made.</summary>
    public string? RunId { get; init; }
    public string? SessionId { get; init; }

    /// <summary>Who asked, as the audit names it.</summary>
    public required string Actor { get; init; }
    public required string Server { get; init; }
    public required string ActionId { get; init; }

    /// <summary>As of <see cref="ActionResult"/>; also <c>cancelled</c>: who asked did not wait for the end.</summary>
    public required string Outcome { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required long DurationMs { get; init; }
    public required long InputBytes { get; init; }
    public required long OutputBytes { get; init; }
}

/// <summary><c>GET /actions/changes</c>: tools that describe themselves otherwise than they did, and are off until an owner accepts that.</summary>
public sealed record ActionChanges(IReadOnlyList<ActionChangeView> Changes);

/// <param name="Server">The key of its server; <c>AGENT/KEY</c> for a server that one agent alone has.</param>
/// <param name="Digest">Of what waits: to accept it is to name this.</param>
public sealed record ActionChangeView(string Server, string Tool, string Digest, ActionDefinition Before, ActionDefinition Now);

/// <summary>What a server says of a tool.</summary>
/// <param name="Schema">Of its parameters, as JSON text.</param>
public sealed record ActionDefinition(string Description, string Schema);

/// <summary><c>POST /actions/accept</c>.</summary>
public sealed record AcceptAction
{
    public string? Server { get; init; }
    public string? Tool { get; init; }

    /// <summary>Of the definition that was shown.</summary>
    public string? Digest { get; init; }
}
