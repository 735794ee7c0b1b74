namespace AgentOrchestrator.Models;

/// <summary>The environment variables that choose and configure models.</summary>
public static class ModelVariables
{
    public const string Provider = "AI_PROVIDER";
    public const string OpenAiKey = "OPENAI_API_KEY";

    /// <summary>With <c>/v1</c> at its end.</summary>
    public const string OpenAiUrl = "OPENAI_BASE_URL";
    public const string OpenAiModel = "OPENAI_MODEL";
    public const string AnthropicKey = "ANTHROPIC_API_KEY";

    /// <summary>Without <c>/v1</c>.</summary>
    public const string AnthropicUrl = "ANTHROPIC_BASE_URL";
    public const string AnthropicModel = "ANTHROPIC_MODEL";

    /// <summary>Without <c>/v1</c>.</summary>
    public const string OllamaUrl = "OLLAMA_BASE_URL";
    public const string OllamaModel = "OLLAMA_MODEL";

    /// <summary>The embedding model; none is used without.</summary>
    public const string EmbeddingsModel = "EMBEDDINGS_MODEL";

    /// <summary>With <c>/v1</c> at its end; <see cref="OpenAiUrl"/> without.</summary>
    public const string EmbeddingsUrl = "EMBEDDINGS_BASE_URL";
    public const string EmbeddingsKey = "EMBEDDINGS_API_KEY";

    /// <summary>Where Ollama listens unless <see cref="OllamaUrl"/> says otherwise.</summary>
    public const string DefaultOllamaUrl = "http://127.0.0.1:11434";

    public static IReadOnlyList<string> All { get; } =
        [Provider, OpenAiKey, OpenAiUrl, OpenAiModel, AnthropicKey, AnthropicUrl, AnthropicModel, OllamaUrl, OllamaModel];

    /// <summary>What an embedding model is made of.</summary>
    public static IReadOnlyList<string> OfEmbeddings { get; } = [EmbeddingsModel, EmbeddingsUrl, EmbeddingsKey, OpenAiKey, OpenAiUrl];

    internal static string? Value(this IReadOnlyDictionary<string, string> environment, string name) =>
        environment.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
}
