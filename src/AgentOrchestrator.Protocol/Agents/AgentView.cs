using System.Text.Json;
using System.Text.Json.Serialization;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Protocol.Agents;

/// <summary>An agent as the routes show it and as a run is given it. Unset members are left out.</summary>
public sealed record AgentView
{
    public required string Name { get; init; }
    public required string Description { get; init; }

    /// <summary>This and the next four are told by the routes that show agents, for clients that know agents as processes; no definition has them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Id { get; init; }

    /// <summary>The description, by its older name.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Role { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? InboxTopic { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? StatusEndpoint { get; init; }

    /// <summary>When it was last changed, started or stopped.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public DateTimeOffset? LastSeenAt { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? SystemPrompt { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyDictionary<string, McpServer>? McpServers { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<string>? Skills { get; init; }
    public IReadOnlyList<string> Tags { get; init; } = [];
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public Demands? Demands { get; init; }

    /// <summary><c>active</c> or <c>inactive</c>.</summary>
    public required string Status { get; init; }

    /// <summary><c>running</c>, <c>stopped</c> or <c>failed</c>; failed = the files cannot be read, <see cref="Error"/> says why.</summary>
    public string State { get; init; } = "running";
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Error { get; init; }

    /// <summary>Left out, as <see cref="ModifiedAt"/> and <see cref="Revision"/>, of a stored definition, which does not depend on them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public DateTimeOffset CreatedAt { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public DateTimeOffset ModifiedAt { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public long Revision { get; init; }

    /// <summary>While its queued runs wait because it failed again and again; left out otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public AgentQuarantine? Quarantine { get; init; }

    /// <summary><c>claude-code</c>, <c>chat</c> …; the runner's default when missing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Executor { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Model { get; init; }

    /// <summary>For <c>chat</c>: <c>openai</c>, <c>anthropic</c>, <c>ollama</c> or <c>scripted</c>; <c>AI_PROVIDER</c> when missing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Provider { get; init; }

    /// <summary>For <c>claude-code</c>: <c>default</c>, <c>acceptEdits</c>, <c>plan</c>, <c>dontAsk</c>, <c>bypassPermissions</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? PermissionMode { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<string>? AllowedTools { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<string>? DisallowedTools { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? MaxTurns { get; init; }

    /// <summary>For <c>chat</c>: how many tokens a run may use, read and written together; any number when missing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public long? MaxTokens { get; init; }

    /// <summary>Of one run. For <c>chat</c> by the server's prices.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public decimal? MaxBudgetUsd { get; init; }

    /// <summary>Of its runs that ask for none; 0 when missing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? Priority { get; init; }

    /// <summary>How long a run of it may work, in seconds; the server's default when missing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? Timeout { get; init; }

    /// <summary>How many of its runs may be live at once; any number when missing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? MaxConcurrent { get; init; }

    /// <summary>How much memory the processes of a run may have together, in MiB; as the runner has it when missing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? MaxMemoryMb { get; init; }

    /// <summary>How many processes and threads a run may have; as the runner has it when missing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? MaxProcesses { get; init; }

    /// <summary>When a failed run of it is queued again; never when missing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public RetryPolicy? Retry { get; init; }

    /// <summary>For <c>chat</c>: whether its runs are shown what it remembers of other sessions, and add to that; not when missing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? UseMemory { get; init; }

    /// <summary>Names of environment variables that the executor may see beside the standard ones.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<string>? Env { get; init; }

    /// <summary>For <c>scripted</c> models: the steps, see docs/scripted.md.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public JsonElement? Script { get; init; }

    /// <summary>
    /// For <c>command</c> and <c>process</c>: the program and its arguments, started without a shell. A name is looked up on <c>PATH</c>, a relative
    /// path such as <c>./run.sh</c> in the agent's folder.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<string>? Command { get; init; }

    /// <summary>For <c>command</c>: the JSON that a prompt must be; the keywords that docs/agents.md lists.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public JsonElement? InputSchema { get; init; }

    /// <summary>For <c>command</c>: the JSON that its output must be.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public JsonElement? OutputSchema { get; init; }

    /// <summary>For <c>command</c> and <c>process</c>: how long one run may take, in seconds; as long as it likes when missing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? TimeoutSeconds { get; init; }
}

/// <summary>Why an agent's queued runs wait: a new revision, or <c>POST /agents/{name}/release</c>, lets them go.</summary>
/// <param name="Failures">How many of its runs failed, one after the other.</param>
/// <param name="LastRunId">The last of them; its <c>error</c> says what went wrong.</param>
public sealed record AgentQuarantine(DateTimeOffset Since, long Failures, string LastRunId);

/// <summary>One MCP server of an agent: <c>stdio</c> with a command, or <c>http</c> with a url. Other members are refused.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record McpServer
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Type { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Command { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<string>? Args { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyDictionary<string, string>? Env { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Url { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyDictionary<string, string>? Headers { get; init; }
}

/// <summary><c>POST /agents</c> (name and description needed) and <c>PATCH /agents/{name}</c> (null leaves, empty removes).</summary>
public sealed record WriteAgent
{
    public string? Name { get; init; }
    public string? Description { get; init; }
    public string? SystemPrompt { get; init; }
    public IReadOnlyDictionary<string, McpServer>? McpServers { get; init; }
    public IReadOnlyList<string>? Skills { get; init; }
    public IReadOnlyList<string>? Tags { get; init; }
    public Demands? Demands { get; init; }
    public string? Executor { get; init; }
    public string? Model { get; init; }
    public string? Provider { get; init; }
    public string? PermissionMode { get; init; }
    public IReadOnlyList<string>? AllowedTools { get; init; }
    public IReadOnlyList<string>? DisallowedTools { get; init; }
    public int? MaxTurns { get; init; }
    public long? MaxTokens { get; init; }
    public decimal? MaxBudgetUsd { get; init; }
    public int? Priority { get; init; }
    public int? Timeout { get; init; }
    public int? MaxConcurrent { get; init; }
    public int? MaxMemoryMb { get; init; }
    public int? MaxProcesses { get; init; }
    public RetryPolicy? Retry { get; init; }
    public bool? UseMemory { get; init; }
    public IReadOnlyList<string>? Env { get; init; }
    public JsonElement? Script { get; init; }
    public IReadOnlyList<string>? Command { get; init; }
    public JsonElement? InputSchema { get; init; }
    public JsonElement? OutputSchema { get; init; }
    public int? TimeoutSeconds { get; init; }
}

/// <summary><c>PATCH /agents/{name}/status</c>.</summary>
public sealed record SetAgentStatus(string? Status);
