using AgentOrchestrator.Runner.Processes;

namespace AgentOrchestrator.Runner.Executors.ClaudeCode;

/// <summary>How an execution ended that nobody stopped.</summary>
static class ClaudeVerdict
{
    /// <summary>
    /// <c>is_error</c> decides, not <c>subtype</c> and not the exit code: a failed call of the model's API ends with the subtype
    /// <c>success</c>.
    /// </summary>
    public static RunOutcome Judge(ClaudeLine.Result? result, ProcessExit exit, string errorTail)
    {
        if (result is { IsError: false }) { return new RunOutcome.Completed(result.Text, result.StructuredOutput); }

        var said = Said(result);
        var error = said ?? $"Claude Code {exit} before it gave a result.";
        var tail = errorTail.Trim();
        if (tail.Length > 0 && !error.Contains(tail, StringComparison.Ordinal)) { error = $"{error}\n{tail}"; }
        return new RunOutcome.Failed(error, Reason(result), exit.Code);
    }

    static string? Said(ClaudeLine.Result? result)
    {
        if (!string.IsNullOrWhiteSpace(result?.Text)) { return result.Text; }

        return result?.Errors is { Count: > 0 } errors ? string.Join('\n', errors) : null;
    }

    static string Reason(ClaudeLine.Result? result) => result switch
    {
        { ApiErrorStatus: not null } or { TerminalReason: "api_error" } => "model",
        { TerminalReason: "max_turns" or "budget_exhausted" } => "limit",
        _ => "error",
    };
}
