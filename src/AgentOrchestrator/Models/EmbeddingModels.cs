using System.ClientModel;
using System.ClientModel.Primitives;
using AgentOrchestrator.Models.OpenAi;
using Microsoft.Extensions.AI;
using OpenAI;

namespace AgentOrchestrator.Models;

/// <summary>Makes the client of an embedding model from what the environment offers; every address that speaks OpenAI's <c>/embeddings</c> will do.</summary>
public static class EmbeddingModels
{
    const int MaxRetries = 2;
    const string NoKey = "none";

    static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(1);

    /// <param name="environment">See <see cref="ModelVariables"/>.</param>
    /// <returns>Null where <see cref="ModelVariables.EmbeddingsModel"/> names none.</returns>
    /// <exception cref="ModelException">The address is none, or there is no key; says what to set.</exception>
    public static IEmbeddingGenerator<string, Embedding<float>>? Create(IReadOnlyDictionary<string, string> environment)
    {
        if (environment.Value(ModelVariables.EmbeddingsModel) is not { } model) { return null; }

        var own = environment.Value(ModelVariables.EmbeddingsUrl);
        var url = ChatModels.Address(own, ModelVariables.EmbeddingsUrl)
            ?? ChatModels.Address(environment.Value(ModelVariables.OpenAiUrl), ModelVariables.OpenAiUrl);
        // A key goes to the address that it was set for.
        var key = environment.Value(ModelVariables.EmbeddingsKey) ?? (own is null ? environment.Value(ModelVariables.OpenAiKey) : NoKey)
            ?? throw new ModelException($"{ModelVariables.EmbeddingsKey} is not set, and {ModelVariables.OpenAiKey} is not either.");
        var options = new OpenAIClientOptions { RetryPolicy = new ClientRetryPolicy(MaxRetries), NetworkTimeout = s_timeout };
        if (url is not null) { options.Endpoint = url; }

        return new OpenAiEmbeddings(new OpenAI.Embeddings.EmbeddingClient(model, new ApiKeyCredential(key), options), model, key, url);
    }
}
