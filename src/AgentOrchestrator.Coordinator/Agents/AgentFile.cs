using System.Text.Json;
using System.Text.Json.Serialization;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Coordinator.Agents;

/// <summary><c>agent.json</c>. Members that we do not know are kept when the file is written again.</summary>
sealed record AgentFile
{
    public string? Name { get; init; }
    public string? Description { get; init; }
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

    // The serializer adds to extension data after construction, hence no init.
    [JsonExtensionData] public Dictionary<string, JsonElement>? Others { get; set; }

    public static AgentFile Of(AgentView agent, AgentFile? before) => new()
    {
        Name = agent.Name,
        Description = agent.Description,
        Skills = agent.Skills,
        Tags = agent.Tags.Count > 0 ? agent.Tags : null,
        Demands = agent.Demands,
        Executor = agent.Executor,
        Model = agent.Model,
        Provider = agent.Provider,
        PermissionMode = agent.PermissionMode,
        AllowedTools = agent.AllowedTools,
        DisallowedTools = agent.DisallowedTools,
        MaxTurns = agent.MaxTurns,
        MaxTokens = agent.MaxTokens,
        MaxBudgetUsd = agent.MaxBudgetUsd,
        Priority = agent.Priority,
        Timeout = agent.Timeout,
        MaxConcurrent = agent.MaxConcurrent,
        MaxMemoryMb = agent.MaxMemoryMb,
        MaxProcesses = agent.MaxProcesses,
        Retry = agent.Retry,
        UseMemory = agent.UseMemory,
        Env = agent.Env,
        Script = agent.Script,
        Command = agent.Command,
        InputSchema = agent.InputSchema,
        OutputSchema = agent.OutputSchema,
        TimeoutSeconds = agent.TimeoutSeconds,
        Others = before?.Others,
    };
}

/// <summary><c>agent.mcp.json</c>.</summary>
sealed record AgentMcpFile
{
    [JsonPropertyName("mcpServers")] public IReadOnlyDictionary<string, McpServer>? McpServers { get; init; }
}

/// <summary>The files of an agent: indented, for people and version control.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowDuplicateProperties = false,
    MaxDepth = ProtocolJson.MaxDepth,
    WriteIndented = true)]
[JsonSerializable(typeof(AgentFile))]
[JsonSerializable(typeof(AgentMcpFile))]
sealed partial class AgentFileJson : JsonSerializerContext;
