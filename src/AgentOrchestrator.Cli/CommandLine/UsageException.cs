namespace AgentOrchestrator.Cli.CommandLine;

/// <summary>The command line cannot be understood. Exit code 2.</summary>
sealed class UsageException(string message) : Exception(message);
