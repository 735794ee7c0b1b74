using System.Globalization;
using AgentOrchestrator.Protocol.Agents;

namespace AgentOrchestrator.Runner.Executors.ClaudeCode;

/// <summary>The arguments for one execution. The prompt is not among them: it goes to stdin, where no list of processes shows it.</summary>
static class ClaudeCommandLine
{
    /// <param name="agent">What the run's agent wants; null for Claude Code as it is.</param>
    /// <param name="resume">Claude Code's own session id, when the conversation goes on.</param>
    /// <param name="files">What was too long or too secret for an argument.</param>
    public static IReadOnlyList<string> Arguments(AgentView? agent, string? resume, ClaudeFiles files)
    {
        List<string> arguments = ["-p", "--output-format=stream-json", "--verbose", "--include-partial-messages"];
        Add("resume", resume);
        Add("model", agent?.Model);
        Add("append-system-prompt-file", files.SystemPrompt);
        Add("mcp-config", files.McpConfig);
        Add("permission-mode", agent?.PermissionMode);
        Add("max-turns", agent?.MaxTurns?.ToString(CultureInfo.InvariantCulture));
        Add("max-budget-usd", agent?.MaxBudgetUsd?.ToString(CultureInfo.InvariantCulture));
        foreach (var tool in agent?.AllowedTools ?? []) { Add("allowedTools", tool); }
        foreach (var tool in agent?.DisallowedTools ?? []) { Add("disallowedTools", tool); }
        return arguments;

        // With an equals sign, so that no value can be taken for an option.
        void Add(string option, string? value)
        {
            if (!string.IsNullOrEmpty(value)) { arguments.Add($"--{option}={value}"); }
        }
    }
}
