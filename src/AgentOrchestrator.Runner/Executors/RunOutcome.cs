using System.Text.Json;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Runner.Executors;

/// <summary>How an execution ended.</summary>
public abstract record RunOutcome
{
    public RunUsage? Usage { get; init; }

    public sealed record Completed(string? Text, JsonElement? Data = null) : RunOutcome;

    /// <param name="Error">What a person reads: the program's own words, the tail of stderr.</param>
    /// <param name="Reason">One word: <c>error</c>, <c>timeout</c>, <c>limit</c>, <c>model</c>, <c>missing</c>, <c>invalid_input</c>, <c>invalid_output</c>.</param>
    public sealed record Failed(string Error, string Reason = "error", int? ExitCode = null) : RunOutcome;

    /// <param name="Signal">The strongest signal that was needed: <c>SIGINT</c>, <c>SIGTERM</c> or <c>SIGKILL</c>.</param>
    public sealed record Stopped(string Signal) : RunOutcome;
}
