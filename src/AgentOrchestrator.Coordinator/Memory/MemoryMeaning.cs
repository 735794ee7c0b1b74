using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Coordinator.Memory;

/// <summary>Finds memories that mean what a query means, while the model that says so answers.</summary>
sealed class MemoryMeaning(IMemoryStore store, IEmbedder embedder, CoordinatorOptions options, TimeProvider time)
{
    long? _failedAt;

    /// <returns>Null when the model does not answer in time, or did not a moment ago.</returns>
    public async Task<IReadOnlyList<MemoryHit>?> FindAsync(MemoryField field, string query, CancellationToken cancel)
    {
        if (_failedAt is { } failed && time.GetElapsedTime(failed) < options.EmbeddingRest) { return null; }
        if (await EmbedAsync(query, cancel).ConfigureAwait(false) is not { Length: > 0 } vector) { return null; }

        var found = await store.FindByVectorAsync(field, embedder.Model, vector, options.MaxVectorsCompared, options.MemoryCandidates, cancel).ConfigureAwait(false);
        return [.. found.Select(near => new MemoryHit(near.Memory, near.Distance / 2))];
    }

    async Task<byte[]?> EmbedAsync(string query, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(options.EmbeddingPatience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            var text = query.Length <= options.MaxEmbeddedLength ? query : query[..options.MaxEmbeddedLength];
            var vectors = await embedder.EmbedAsync([text], both.Token).ConfigureAwait(false);
            return Vectors.Pack(vectors[0].Span);
        }
        catch (Exception failure) when (!cancel.IsCancellationRequested && failure is ProductException or OperationCanceledException)
        {
            _failedAt = failure is ProductException { Code: ErrorCode.Invalid } ? _failedAt : time.GetTimestamp();
            return null;
        }
    }
}
