using System.Text.Json;

namespace AgentOrchestrator.Protocol.Tools;

/// <summary><c>GET /agents/{name}/actions</c>: what an agent may call.</summary>
public sealed record AgentActions
{
    public required string AgentName { get; init; }

    /// <summary>The server that it is assigned; null for none.</summary>
    public ActionServerView? ActionServer { get; init; }
    public required IReadOnlyList<ActionView> Actions { get; init; }

    /// <summary>Servers of it whose actions are missing here.</summary>
    public IReadOnlyList<ActionServerFault> Faults { get; init; } = [];
}

/// <summary>Where actions come from.</summary>
/// <param name="Type"><c>openapi</c>, <c>mcp</c> (not said: either), <c>http</c>, <c>sse</c>, <c>stdio</c>.</param>
/// <param name="Url">Without what may be a secret; null for <c>stdio</c>.</param>
public sealed record ActionServerView(string Name, string Type, string? Url);

/// <summary>Why a server's actions are missing.</summary>
public sealed record ActionServerFault(string Server, string Error);

/// <summary>What an agent may call: a tool, or a skill.</summary>
public sealed record ActionView
{
    public const string Tool = "tool";
    public const string Skill = "skill";

    /// <summary>What it is called by; unique among the actions of an agent.</summary>
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string Description { get; init; }

    /// <summary>Of an HTTP service, else empty.</summary>
    public required string Endpoint { get; init; }

    /// <summary>Of an HTTP service, else <c>CALL</c>.</summary>
    public required string Method { get; init; }
    public required IReadOnlyList<ActionParameterView> Parameters { get; init; }
    public JsonElement? ResponseSchema { get; init; }

    /// <summary>False for what cannot be called from here, such as uploads.</summary>
    public required bool Enabled { get; init; }

    /// <summary>The key of its server; <c>builtin</c> for the orchestrator's own.</summary>
    public required string Server { get; init; }

    /// <summary>JSON Schema of its parameters.</summary>
    public required JsonElement InputSchema { get; init; }

    /// <summary>Whether it may be called again with the same parameters without harm.</summary>
    public required bool Idempotent { get; init; }

    /// <summary><c>tool</c> or <c>skill</c>.</summary>
    public string Kind { get; init; } = Tool;
}

/// <param name="Type">A word of JSON Schema.</param>
public sealed record ActionParameterView(string Name, string Type, string Description, bool Required);

/// <summary><c>POST /agents/{name}/actions/execute</c>.</summary>
public sealed record ExecuteAction
{
    public string? ActionId { get; init; }

    /// <summary>An object; an empty one when missing.</summary>
    public JsonElement? Parameters { get; init; }
}

/// <summary>What a call brought: a result, or an error in words.</summary>
public sealed record ActionResult
{
    public required string AgentName { get; init; }
    public required string ActionId { get; init; }
    public required string ActionName { get; init; }
    public JsonElement? Result { get; init; }
    public string? Error { get; init; }

    /// <summary><c>ok</c>, <c>refused</c> (not made), <c>failed</c> (the tool says so), <c>server_fault</c>, <c>timed_out</c> (its effect is not known).</summary>
    public required string Outcome { get; init; }
    public required string Server { get; init; }

    /// <summary>Whether result and error are words of strangers: data, never instructions.</summary>
    public required bool Untrusted { get; init; }
    public required long DurationMs { get; init; }
}
