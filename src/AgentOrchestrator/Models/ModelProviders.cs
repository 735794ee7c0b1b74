namespace AgentOrchestrator.Models;

/// <summary>The words by which agents and <c>AI_PROVIDER</c> name who serves a model.</summary>
public static class ModelProviders
{
    public const string OpenAi = "openai";
    public const string Anthropic = "anthropic";
    public const string Ollama = "ollama";

    /// <summary>Not a model: answers from a script, see docs/scripted.md.</summary>
    public const string Scripted = "scripted";

    public static IReadOnlyList<string> All { get; } = [OpenAi, Anthropic, Ollama, Scripted];
}
