using AgentOrchestrator.Coordinator.Memory;
using AgentOrchestrator.Models;
using AgentOrchestrator.Protocol;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Server.Memory;

/// <summary>The embedding model that the environment names.</summary>
sealed class EmbeddingEndpoint(IEmbeddingGenerator<string, Embedding<float>> generator) : IEmbedder
{
    public string Model { get; } = generator.GetService<EmbeddingGeneratorMetadata>()?.DefaultModelId ?? "unnamed";

    public async Task<IReadOnlyList<ReadOnlyMemory<float>>> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancel)
    {
        try
        {
            var vectors = await generator.GenerateAsync(texts, cancellationToken: cancel);
            return vectors.Count == texts.Count
                ? [.. vectors.Select(vector => vector.Vector)]
                : throw new ProductException(ErrorCode.Unavailable, $"The embeddings endpoint gave {vectors.Count} vectors for {texts.Count} texts");
        }
        catch (ModelException failure)
        {
            var code = failure.Status is StatusCodes.Status400BadRequest or StatusCodes.Status413PayloadTooLarge or StatusCodes.Status422UnprocessableEntity
                ? ErrorCode.Invalid
                : ErrorCode.Unavailable;
            throw new ProductException(code, failure.Message, inner: failure);
        }
    }
}
