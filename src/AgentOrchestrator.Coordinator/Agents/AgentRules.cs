using System.Text.Json;
using System.Text.RegularExpressions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;

namespace AgentOrchestrator.Coordinator.Agents;

/// <summary>What a definition must satisfy, wherever it comes from.</summary>
static partial class AgentRules
{
    const int MaxDescription = 10_000;
    const int MaxWord = 200;
    const int MaxItems = 256;
    const int MaxServers = 64;
    const int MaxServerText = 32_768;

    static readonly CoordinatorOptions s_bounds = new();
    static readonly string[] s_providers = ["openai", "anthropic", "ollama", "scripted"];
    static readonly string[] s_permissionModes = ["default", "acceptEdits", "plan", "dontAsk", "bypassPermissions"];

    /// <exception cref="ProductException">Invalid, naming the first member that is wrong and what it must be.</exception>
    public static void Require(AgentView agent)
    {
        if (string.IsNullOrWhiteSpace(agent.Description)) { throw Wrong("description must not be empty"); }
        if (agent.Description.Length > MaxDescription) { throw Wrong($"description must be at most {MaxDescription} characters"); }

        Words(agent.Tags, "tags");
        Words(agent.Skills, "skills");
        Words(agent.AllowedTools, "allowed_tools");
        Words(agent.DisallowedTools, "disallowed_tools");
        Words(agent.Env, "env");
        Words(agent.Demands?.Tags, "demands.tags");
        if (agent.Env?.FirstOrDefault(name => !VariableName().IsMatch(name)) is { } variable)
        {
            throw Wrong($"env must list names of environment variables; '{variable}' is none");
        }

        if (agent.Executor is { } executor && !Names.IsValid(executor)) { throw Wrong("executor must be a name such as chat or claude-code"); }
        if (agent.Model is { Length: > MaxWord }) { throw Wrong($"model must be at most {MaxWord} characters"); }
        OneOf(agent.Provider, s_providers, "provider");
        OneOf(agent.PermissionMode, s_permissionModes, "permission_mode");
        if (agent.MaxTurns is <= 0) { throw Wrong("max_turns must be above 0"); }
        if (agent.MaxTokens is <= 0) { throw Wrong("max_tokens must be above 0"); }
        if (agent.MaxBudgetUsd is <= 0) { throw Wrong("max_budget_usd must be above 0"); }
        Placement(agent);
        Retry(agent.Retry);
        if (agent.Script is { ValueKind: not (JsonValueKind.Object or JsonValueKind.Array) })
        {
            throw Wrong("script must be an object or a list of steps, see docs/scripted.md");
        }

        ProgramRules.Require(agent);
        Servers(agent.McpServers);
    }

    static void Placement(AgentView agent)
    {
        if (agent.Priority is { } priority && Math.Abs((long)priority) > s_bounds.MaxPriority)
        {
            throw Wrong($"priority must be {-s_bounds.MaxPriority} to {s_bounds.MaxPriority}");
        }

        if (agent.Timeout is { } timeout && (timeout <= 0 || timeout > s_bounds.MaxRunTimeout.TotalSeconds))
        {
            throw Wrong($"timeout must be 1 to {s_bounds.MaxRunTimeout.TotalSeconds:0} seconds");
        }

        if (agent.MaxConcurrent is <= 0) { throw Wrong("max_concurrent must be above 0"); }
        if (agent.MaxMemoryMb is < AgentLimits.MinMemoryMb or > AgentLimits.MaxMemoryMb)
        {
            throw Wrong($"max_memory_mb must be {AgentLimits.MinMemoryMb} to {AgentLimits.MaxMemoryMb}");
        }

        if (agent.MaxProcesses is < 1 or > AgentLimits.MaxProcesses) { throw Wrong($"max_processes must be 1 to {AgentLimits.MaxProcesses}"); }
    }

    static void Retry(RetryPolicy? retry)
    {
        if (retry is null) { return; }
        if (retry.MaxAttempts is not { } attempts || attempts < 2 || attempts > s_bounds.MaxRunAttempts)
        {
            throw Wrong($"retry.max_attempts must be 2 to {s_bounds.MaxRunAttempts}, the first run counted");
        }

        if (retry.On is not { Count: > 0 }) { throw Wrong("retry.on must name at least one reason, such as lost, timeout or error"); }

        Words(retry.On, "retry.on");
        if (retry.On.FirstOrDefault(word => word is "stopped" or "interrupted" or "completed") is { } never)
        {
            throw Wrong($"retry.on must name reasons of failures; '{never}' is none, and what somebody stopped is never done again");
        }

        if (retry.DelaySeconds is { } delay && (delay < 0 || delay > s_bounds.MaxRunDelay.TotalSeconds))
        {
            throw Wrong($"retry.delay_seconds must be 0 to {s_bounds.MaxRunDelay.TotalSeconds:0}");
        }
    }

    static void Servers(IReadOnlyDictionary<string, McpServer>? servers)
    {
        if (servers is null) { return; }
        if (servers.Count > MaxServers) { throw Wrong($"mcp_servers must be at most {MaxServers}"); }

        foreach (var (name, server) in servers)
        {
            if (!Names.IsValid(name)) { throw Wrong($"mcp_servers: '{name}' must be 1 to {Names.MaxLength} letters, digits, '_' or '-'"); }
            if (server is null) { throw Wrong($"mcp_servers.{name} must be an object"); }
            Server(name, server);
        }
    }

    static void Server(string name, McpServer server)
    {
        switch (server.Type ?? "stdio")
        {
            case "stdio" when string.IsNullOrWhiteSpace(server.Command):
                throw Wrong($"mcp_servers.{name} needs a command (or type http and a url)");
            case "stdio" when server.Url is not null || server.Headers is not null:
                throw Wrong($"mcp_servers.{name} is of type stdio, which has no url and no headers");
            case "http" when string.IsNullOrWhiteSpace(server.Url):
                throw Wrong($"mcp_servers.{name} needs a url");
            case "http" when server.Command is not null || server.Args is not null || server.Env is not null:
                throw Wrong($"mcp_servers.{name} is of type http, which has no command, args or env");
            case not ("stdio" or "http"):
                throw Wrong($"mcp_servers.{name}.type must be stdio or http");
        }

        IReadOnlyList<string?> lists = [.. server.Args ?? [], .. server.Env?.Values ?? [], .. server.Headers?.Values ?? []];
        if (lists.Contains(null)) { throw Wrong($"mcp_servers.{name}: args, env and headers must be texts, not null"); }

        foreach (var text in lists.Append(server.Command).Append(server.Url).Where(text => text is not null))
        {
            if (text!.Length > MaxServerText || text.Contains('\0'))
            {
                throw Wrong($"mcp_servers.{name} has a text that is longer than {MaxServerText} characters or contains NUL");
            }
        }
    }

    static void Words(IReadOnlyList<string>? words, string field)
    {
        if (words is null) { return; }
        if (words.Count > MaxItems) { throw Wrong($"{field} must be at most {MaxItems}"); }
        if (words.Any(word => string.IsNullOrWhiteSpace(word) || word.Length > MaxWord))
        {
            throw Wrong($"{field} must be texts of 1 to {MaxWord} characters");
        }
    }

    static void OneOf(string? word, string[] known, string field)
    {
        if (word is not null && !known.Contains(word)) { throw Wrong($"{field} must be one of: {string.Join(", ", known)}"); }
    }

    internal static ProductException Wrong(string message) => new(ErrorCode.Invalid, message);

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]{0,127}$")]
    private static partial Regex VariableName();
}
