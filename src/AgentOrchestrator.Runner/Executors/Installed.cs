using AgentOrchestrator.Runner.Executors.Chat;
using AgentOrchestrator.Runner.Executors.ClaudeCode;
using AgentOrchestrator.Runner.Executors.Command;
using AgentOrchestrator.Runner.Executors.Process;

namespace AgentOrchestrator.Runner.Executors;

/// <summary>The executors that come with the product, the preferred first: it takes the runs that name none.</summary>
public static class Installed
{
    public static IReadOnlyList<IExecutor> All() => [new ClaudeCodeExecutor(), new ChatExecutor(), new CommandExecutor(), new ProcessExecutor()];
}
