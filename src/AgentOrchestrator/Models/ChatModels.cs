using System.ClientModel;
using System.ClientModel.Primitives;
using System.Collections;
using System.Text.Json;
using AgentOrchestrator.Models.OpenAi;
using AgentOrchestrator.Models.Scripted;
using Anthropic;
using Microsoft.Extensions.AI;
using OpenAI;

namespace AgentOrchestrator.Models;

/// <summary>Makes the client of a chat model from what an agent names and what the environment offers.</summary>
public static class ChatModels
{
    const string DefaultOpenAiModel = "gpt-4o";
    const string DefaultAnthropicModel = "claude-sonnet-4-5";
    const string DefaultOllamaModel = "llama2";
    const int DefaultAnthropicMaxTokens = 8_192;

    // The loop makes a failed call again, where somebody sees that it waits.
    const int MaxRetries = 0;

    // Ollama asks for none, the client for something.
    const string NoKey = "none";

    static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(10);

    /// <summary>The provider that is taken: the named one, else <c>AI_PROVIDER</c>, else the first whose key is there.</summary>
    /// <exception cref="ModelException">Nothing is configured, or the word is unknown; says what to set.</exception>
    public static string Choose(string? provider, IReadOnlyDictionary<string, string> environment)
    {
        var word = (provider ?? environment.Value(ModelVariables.Provider))?.ToLowerInvariant();
        if (word is not null)
        {
            return ModelProviders.All.Contains(word)
                ? word
                : throw new ModelException($"'{word}' is no model provider; use one of: {string.Join(", ", ModelProviders.All)}.");
        }

        if (environment.Value(ModelVariables.AnthropicKey) is not null) { return ModelProviders.Anthropic; }
        if (environment.Value(ModelVariables.OpenAiKey) is not null) { return ModelProviders.OpenAi; }
        if ((environment.Value(ModelVariables.OllamaUrl) ?? environment.Value(ModelVariables.OllamaModel)) is not null) { return ModelProviders.Ollama; }

        throw new ModelException(
            $"No model is configured: set {ModelVariables.AnthropicKey}, {ModelVariables.OpenAiKey} or {ModelVariables.OllamaUrl} where the runner "
            + "starts, or give the agent the provider 'scripted'.");
    }

    /// <summary>A model with the keys and addresses of this process's environment.</summary>
    /// <param name="provider">One of <see cref="ModelProviders"/>; see <see cref="Choose"/> when null.</param>
    /// <param name="model">The provider's name of the model; its variable or default when null.</param>
    /// <exception cref="ModelException">The provider is not configured; says what to set.</exception>
    public static IChatClient Create(string? provider = null, string? model = null) => Create(
        provider,
        model,
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? ""));

    /// <summary>Not a model: answers from a script, see docs/scripted.md; made for tests and demonstrations.</summary>
    /// <param name="script">The script as JSON; it echoes when null.</param>
    /// <exception cref="ModelException">The script is wrong; says where.</exception>
    public static IChatClient Scripted(string? script = null) =>
        new ScriptedChatClient(script is null ? ChatScript.Echo : ChatScript.Parse(JsonElement.Parse(script)), TimeProvider.System);

    /// <param name="provider">One of <see cref="ModelProviders"/>; see <see cref="Choose"/> when null.</param>
    /// <param name="model">The provider's name of the model; its variable or default when null.</param>
    /// <param name="environment">Keys and addresses, see <see cref="ModelVariables"/>.</param>
    /// <param name="script">For <c>scripted</c>: what it answers; it echoes when null.</param>
    /// <param name="time">For <c>scripted</c>: what paces the text.</param>
    /// <exception cref="ModelException">The provider is not configured; says what to set.</exception>
    public static IChatClient Create(
        string? provider,
        string? model,
        IReadOnlyDictionary<string, string> environment,
        JsonElement? script = null,
        TimeProvider? time = null) => Choose(provider, environment) switch
        {
            ModelProviders.Scripted => new ScriptedChatClient(
                script is { } steps ? ChatScript.Parse(steps) : ChatScript.Echo, time ?? TimeProvider.System),
            ModelProviders.Anthropic => Anthropic(model, environment),
            ModelProviders.OpenAi => OpenAi(
                model ?? environment.Value(ModelVariables.OpenAiModel) ?? DefaultOpenAiModel,
                Required(environment, ModelVariables.OpenAiKey),
                Address(environment.Value(ModelVariables.OpenAiUrl), ModelVariables.OpenAiUrl),
                ModelProviders.OpenAi),
            _ => OpenAi(
                model ?? environment.Value(ModelVariables.OllamaModel) ?? DefaultOllamaModel,
                NoKey,
                OllamaAddress(environment, "v1"),
                ModelProviders.Ollama),
        };

    /// <summary>An address below Ollama's.</summary>
    /// <exception cref="ModelException">The variable holds no http address.</exception>
    public static Uri OllamaAddress(IReadOnlyDictionary<string, string> environment, string path)
    {
        var root = environment.Value(ModelVariables.OllamaUrl) ?? ModelVariables.DefaultOllamaUrl;
        return Address($"{root.TrimEnd('/')}/{path}", ModelVariables.OllamaUrl)!;
    }

    static ReadableErrors Anthropic(string? model, IReadOnlyDictionary<string, string> environment)
    {
        var key = Required(environment, ModelVariables.AnthropicKey);
        var asked = new RetryAfterNote();
        var client = new AnthropicClient { ApiKey = key, MaxRetries = MaxRetries, Timeout = s_timeout, Handlers = [asked] };
        if (Address(environment.Value(ModelVariables.AnthropicUrl), ModelVariables.AnthropicUrl) is { } url)
        {
            client = new AnthropicClient
            {
                ApiKey = key,
                MaxRetries = MaxRetries,
                Timeout = s_timeout,
                Handlers = [asked],
                BaseUrl = url.ToString().TrimEnd('/'),
            };
        }

        var name = model ?? environment.Value(ModelVariables.AnthropicModel) ?? DefaultAnthropicModel;
        return new ReadableErrors(client.AsIChatClient(name, DefaultAnthropicMaxTokens), ModelProviders.Anthropic, key, asked);
    }

    static ReadableErrors OpenAi(string model, string key, Uri? url, string provider)
    {
        var options = new OpenAIClientOptions { RetryPolicy = new ClientRetryPolicy(MaxRetries), NetworkTimeout = s_timeout };
        if (url is not null) { options.Endpoint = url; }

        var client = new OpenAI.Chat.ChatClient(model, new ApiKeyCredential(key), options);
        return new ReadableErrors(new OpenAiChatClient(client, provider, model, url), provider, key);
    }

    static string Required(IReadOnlyDictionary<string, string> environment, string variable) =>
        environment.Value(variable) ?? throw new ModelException($"{variable} is not set; set it where the runner starts.");

    internal static Uri? Address(string? text, string variable)
    {
        if (text is null) { return null; }

        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new ModelException($"{variable} must be an http or https address.");
    }
}
