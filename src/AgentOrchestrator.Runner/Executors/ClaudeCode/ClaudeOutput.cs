using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Runner.Executors.ClaudeCode;

/// <summary>What one line of Claude Code becomes in the run's output.</summary>
abstract record ClaudeOutput
{
    public sealed record Bind(string ExecutorSessionId) : ClaudeOutput;

    public sealed record Event(string Type, EventFields Fields) : ClaudeOutput;

    public sealed record Live(TextDelta Delta) : ClaudeOutput;
}
