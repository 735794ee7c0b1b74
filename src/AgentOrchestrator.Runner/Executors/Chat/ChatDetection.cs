using System.Collections;
using AgentOrchestrator.Models;

namespace AgentOrchestrator.Runner.Executors.Chat;

/// <summary>Says which models this host can call, and for the others what is missing.</summary>
static class ChatDetection
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    /// <summary>Always available: <c>scripted</c> needs nothing.</summary>
    public static async Task<ExecutorAvailability> DetectAsync(IReadOnlyDictionary<string, string> environment, CancellationToken cancel)
    {
        string[] found =
        [
            Key(environment, ModelProviders.Anthropic, ModelVariables.AnthropicKey),
            Key(environment, ModelProviders.OpenAi, ModelVariables.OpenAiKey),
            await OllamaAsync(environment, cancel).ConfigureAwait(false),
            $"{ModelProviders.Scripted}: always",
        ];
        return new ExecutorAvailability(true, string.Join("; ", found));
    }

    public static Dictionary<string, string> ReadEnvironment() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "");

    static string Key(IReadOnlyDictionary<string, string> environment, string provider, string variable) =>
        string.IsNullOrWhiteSpace(environment.GetValueOrDefault(variable))
            ? $"{provider}: set {variable} to use it"
            : $"{provider}: {variable} is set";

    static async Task<string> OllamaAsync(IReadOnlyDictionary<string, string> environment, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(s_patience);
        try
        {
            var address = ChatModels.OllamaAddress(environment, "api/tags");
            using var http = new HttpClient();
            using var response = await http.GetAsync(address, patience.Token).ConfigureAwait(false);
            var root = address.GetLeftPart(UriPartial.Authority);
            return response.IsSuccessStatusCode
                ? $"{ModelProviders.Ollama}: answers at {root}"
                : $"{ModelProviders.Ollama}: {root} answered {(int)response.StatusCode}";
        }
        catch (ModelException wrong)
        {
            return $"{ModelProviders.Ollama}: {wrong.Message}";
        }
        catch (Exception failure) when (failure is HttpRequestException || (failure is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return $"{ModelProviders.Ollama}: does not answer; start it with 'ollama serve', or set {ModelVariables.OllamaUrl}";
        }
    }
}
