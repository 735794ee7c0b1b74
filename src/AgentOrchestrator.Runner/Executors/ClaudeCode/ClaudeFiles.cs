using System.Text.Json;
using System.Text.Json.Serialization;
using AgentOrchestrator.Protocol.Agents;

namespace AgentOrchestrator.Runner.Executors.ClaudeCode;

/// <summary>The files that Claude Code is started with, in the run's private folder.</summary>
/// <param name="SystemPrompt">Appended to Claude Code's own; null without one. A resumed conversation keeps the one that it began with.</param>
/// <param name="McpConfig">
/// The agent's MCP servers; null without any. May hold secrets. Claude Code itself replaces <c>${NAME}</c> in it from the run's environment.
/// </param>
sealed record ClaudeFiles(string? SystemPrompt, string? McpConfig)
{
    public static async Task<ClaudeFiles> WriteAsync(AgentView? agent, string folder, CancellationToken cancel)
    {
        string? systemPrompt = null;
        string? mcpConfig = null;
        if (!string.IsNullOrEmpty(agent?.SystemPrompt))
        {
            systemPrompt = Path.Combine(folder, "system-prompt.md");
            await using var file = Create(systemPrompt);
            await using var writer = new StreamWriter(file);
            await writer.WriteAsync(agent.SystemPrompt.AsMemory(), cancel).ConfigureAwait(false);
        }

        if (agent?.McpServers is { Count: > 0 } servers)
        {
            mcpConfig = Path.Combine(folder, "mcp.json");
            await using var file = Create(mcpConfig);
            await JsonSerializer.SerializeAsync(file, new ClaudeMcpConfig(servers), ClaudeJson.Default.ClaudeMcpConfig, cancel).ConfigureAwait(false);
        }

        return new ClaudeFiles(systemPrompt, mcpConfig);
    }

    static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows()) { options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite; }
        return new FileStream(path, options);
    }
}

/// <summary>The shape of Claude Code's MCP file; <c>stdio</c> servers need no type.</summary>
sealed record ClaudeMcpConfig([property: JsonPropertyName("mcpServers")] IReadOnlyDictionary<string, McpServer> McpServers);
