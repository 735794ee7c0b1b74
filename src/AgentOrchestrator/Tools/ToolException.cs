namespace AgentOrchestrator.Tools;

/// <summary>A tool, or the server that it comes from, cannot be used. The message is meant for the model and for people, and holds no secrets.</summary>
public sealed class ToolException(string message, Exception? inner = null) : Exception(message, inner);
