using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Coordinator.Agents;

/// <summary>Turns requests into definitions: null leaves a member as it is, an empty value removes it.</summary>
static class AgentEdits
{
    /// <exception cref="ProductException">NotPossible for the name, Invalid for any other member.</exception>
    public static AgentView Create(WriteAgent request)
    {
        var agent = new AgentView
        {
            Name = AgentNames.RequireNew(request.Name),
            Description = request.Description ?? throw new ProductException(ErrorCode.Invalid, "description must not be empty"),
            Status = AgentStatuses.Active,
        };
        return Patch(agent, request);
    }

    /// <exception cref="ProductException">Invalid, naming the member that is wrong.</exception>
    public static AgentView Patch(AgentView agent, WriteAgent request)
    {
        var patched = agent with
        {
            Description = request.Description ?? agent.Description,
            SystemPrompt = Text(request.SystemPrompt, agent.SystemPrompt),
            McpServers = Servers(request.McpServers, agent.McpServers),
            Skills = List(request.Skills, agent.Skills),
            Tags = request.Tags ?? agent.Tags,
            Demands = Demand(request.Demands, agent.Demands),
            Executor = Text(request.Executor, agent.Executor),
            Model = Text(request.Model, agent.Model),
            Provider = Text(request.Provider, agent.Provider),
            PermissionMode = Text(request.PermissionMode, agent.PermissionMode),
            AllowedTools = List(request.AllowedTools, agent.AllowedTools),
            DisallowedTools = List(request.DisallowedTools, agent.DisallowedTools),
            MaxTurns = request.MaxTurns is 0 ? null : request.MaxTurns ?? agent.MaxTurns,
            MaxTokens = request.MaxTokens is 0 ? null : request.MaxTokens ?? agent.MaxTokens,
            MaxBudgetUsd = request.MaxBudgetUsd is 0 ? null : request.MaxBudgetUsd ?? agent.MaxBudgetUsd,
            Priority = request.Priority is 0 ? null : request.Priority ?? agent.Priority,
            Timeout = request.Timeout is 0 ? null : request.Timeout ?? agent.Timeout,
            MaxConcurrent = request.MaxConcurrent is 0 ? null : request.MaxConcurrent ?? agent.MaxConcurrent,
            MaxMemoryMb = request.MaxMemoryMb is 0 ? null : request.MaxMemoryMb ?? agent.MaxMemoryMb,
            MaxProcesses = request.MaxProcesses is 0 ? null : request.MaxProcesses ?? agent.MaxProcesses,
            Retry = request.Retry switch { null => agent.Retry, { IsEmpty: true } => null, var asked => asked },
            UseMemory = request.UseMemory is false ? null : request.UseMemory ?? agent.UseMemory,
            Env = List(request.Env, agent.Env),
            Script = Json(request.Script, agent.Script),
            Command = List(request.Command, agent.Command),
            InputSchema = Json(request.InputSchema, agent.InputSchema),
            OutputSchema = Json(request.OutputSchema, agent.OutputSchema),
            TimeoutSeconds = request.TimeoutSeconds is 0 ? null : request.TimeoutSeconds ?? agent.TimeoutSeconds,
        };
        AgentRules.Require(patched);
        return Normal(patched);
    }

    /// <exception cref="ProductException">Invalid for any other word.</exception>
    public static AgentView WithStatus(AgentView agent, string? status) => status is AgentStatuses.Active or AgentStatuses.Inactive
        ? agent with { Status = status, State = AgentStates.Of(status) }
        : throw new ProductException(ErrorCode.Invalid, $"status must be one of: {AgentStatuses.Active}, {AgentStatuses.Inactive}");

    /// <summary>The one form of equal definitions: tags once each, stdio servers with a list of arguments, as older executors need it.</summary>
    public static AgentView Normal(AgentView agent) => agent with
    {
        Tags = [.. agent.Tags.Distinct()],
        McpServers = agent.McpServers?.ToDictionary(
            pair => pair.Key,
            pair => pair.Value.Type is "http" ? pair.Value : pair.Value with { Type = "stdio", Args = pair.Value.Args ?? [] }),
    };

    static string? Text(string? asked, string? now) => asked switch { null => now, "" => null, _ => asked };

    static IReadOnlyList<string>? List(IReadOnlyList<string>? asked, IReadOnlyList<string>? now) =>
        asked switch { null => now, { Count: 0 } => null, _ => asked };

    static IReadOnlyDictionary<string, McpServer>? Servers(
        IReadOnlyDictionary<string, McpServer>? asked, IReadOnlyDictionary<string, McpServer>? now) =>
        asked switch { null => now, { Count: 0 } => null, _ => asked };

    static Demands? Demand(Demands? asked, Demands? now) => asked switch { null => now, { IsEmpty: true } => null, _ => asked };

    static JsonElement? Json(JsonElement? asked, JsonElement? now) => asked switch
    {
        null or { ValueKind: JsonValueKind.Undefined or JsonValueKind.Null } => now,
        { ValueKind: JsonValueKind.Object } empty when !empty.EnumerateObject().Any() => null,
        { ValueKind: JsonValueKind.Array } empty when empty.GetArrayLength() == 0 => null,
        _ => asked,
    };
}
