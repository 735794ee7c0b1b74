using AgentOrchestrator.Protocol;
using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Coordinator.Memory;

/// <summary>Makes the vectors of memories, after these are on disk: storing waits for no model.</summary>
/// <remarks>Nodes that share a database may make one twice, which does no harm.</remarks>
public sealed class MemoryVectors(IMemoryStore store, IEmbedder embedder, CoordinatorOptions options, TimeProvider time, ILogger<MemoryVectors> log)
    : Loop(options.EmbeddingInterval, time, log)
{
    const int Batch = 32;

    bool _isOfOneModel;

    /// <summary>How many it made.</summary>
    /// <exception cref="ProductException">Unavailable when the model cannot be asked.</exception>
    public async Task<int> RunOnceAsync(CancellationToken cancel)
    {
        while (!_isOfOneModel) { _isOfOneModel = await store.DropVectorsAsync(embedder.Model, Batch, cancel).ConfigureAwait(false) < Batch; }

        for (var made = 0; ;)
        {
            var memories = await store.ListWithoutVectorAsync(Batch, cancel).ConfigureAwait(false);
            if (memories.Count == 0) { return made; }

            await MakeAsync(memories, cancel).ConfigureAwait(false);
            made += memories.Count;
        }
    }

    protected override async Task<object?> RoundAsync(CancellationToken cancel) =>
        await RunOnceAsync(cancel).ConfigureAwait(false) is > 0 and var made ? made : null;

    async Task MakeAsync(IReadOnlyList<StoredMemory> memories, CancellationToken cancel)
    {
        try
        {
            var vectors = await embedder.EmbedAsync([.. memories.Select(memory => Beginning(memory.Text))], cancel).ConfigureAwait(false);
            foreach (var (memory, vector) in memories.Zip(vectors))
            {
                await store.SetVectorAsync(memory, embedder.Model, Vectors.Pack(vector.Span), cancel).ConfigureAwait(false);
            }
        }
        catch (ProductException refusal) when (refusal.Code is ErrorCode.Invalid)
        {
            await MakeEachAsync(memories, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>The one that is refused has no vector from now on, and holds up no other.</summary>
    async Task MakeEachAsync(IReadOnlyList<StoredMemory> memories, CancellationToken cancel)
    {
        if (memories is [var refused])
        {
            await store.SetVectorAsync(refused, embedder.Model, [], cancel).ConfigureAwait(false);
            return;
        }

        foreach (var memory in memories) { await MakeAsync([memory], cancel).ConfigureAwait(false); }
    }

    string Beginning(string text) => text.Length <= options.MaxEmbeddedLength ? text : text[..options.MaxEmbeddedLength];
}
