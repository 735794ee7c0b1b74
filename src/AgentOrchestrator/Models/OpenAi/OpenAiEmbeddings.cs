using System.ClientModel;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI.Embeddings;

namespace AgentOrchestrator.Models.OpenAi;

/// <summary>The official OpenAI client behind <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/>.</summary>
sealed class OpenAiEmbeddings(EmbeddingClient client, string model, string key, Uri? address) : IEmbeddingGenerator<string, Embedding<float>>
{
    const string Provider = "The embeddings endpoint";

    readonly EmbeddingGeneratorMetadata _metadata = new(ModelProviders.OpenAi, address, model);

    /// <exception cref="ModelException">There is no whole answer; without the key.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, Microsoft.Extensions.AI.EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        try
        {
            var answer = await client.GenerateEmbeddingsAsync(values, cancellationToken: cancellationToken).ConfigureAwait(false);
            return [.. answer.Value.OrderBy(one => one.Index).Select(one => new Embedding<float>(one.ToFloats()))];
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested && IsOfProvider(failure))
        {
            throw ModelFailures.Explain(failure, Provider, key);
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(EmbeddingGeneratorMetadata) ? _metadata
        : serviceType.IsInstanceOfType(this) ? this
        : serviceType.IsInstanceOfType(client) ? client
        : null;

    public void Dispose()
    {
        // The official client holds nothing that is ours to release.
    }

    // What its reader says of an answer that is none: any of the last four.
    static bool IsOfProvider(Exception failure) => failure is ClientResultException or HttpRequestException or IOException or OperationCanceledException
        or AggregateException or JsonException or InvalidOperationException or FormatException or KeyNotFoundException;
}
