using AgentOrchestrator.Coordinator.Audit;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Memory;
using AgentOrchestrator.Protocol.Secrets;
using System.Runtime.CompilerServices;

namespace AgentOrchestrator.Coordinator.Memory;

/// <summary>Keeps texts and finds them by what they say. Who may name which scope is for the door to decide.</summary>
/// <param name="embedder">Null where none is set: then they are found by their words alone.</param>
public sealed class LongTermMemory(IMemoryStore store, IEmbedder? embedder, Redactor redactor, CoordinatorOptions options, TimeProvider time)
{
    public const string DefaultCollection = "default";

    const int DefaultLimit = 5;
    const int PageLength = 100;
    const int ClearBatch = 200;

    readonly MemoryText _texts = new(redactor, options);
    readonly MemoryMeaning? _meaning = embedder is null ? null : new MemoryMeaning(store, embedder, options, time);

    /// <exception cref="ProductException">Invalid; LimitExceeded when the scope is full; Conflict when the id belongs to another memory.</exception>
    public async Task<StoredMemory> StoreAsync(string org, MemoryScope scope, StoreMemory asked, CancellationToken cancel)
    {
        var text = _texts.Require(asked.Text);
        var memory = new NewMemory(
            org, asked.MemoryId is null ? Ids.New("mem_", 16) : Names.Require(asked.MemoryId, "memory_id"), _texts.Require(scope),
            _texts.CheckName(asked.Collection, "collection") ?? DefaultCollection, text, MemoryWords.Of(text), _texts.Check(asked.Metadata, "metadata"));
        AuditIntent.Makes(AuditNoun.Memory, memory.MemoryId);
        var stored = await store.AddAsync(memory, options.MaxMemoriesPerScope, cancel).ConfigureAwait(false);
        return IsSame(memory, stored) ? stored : throw new ProductException(
            ErrorCode.Conflict, $"memory_id '{memory.MemoryId}' belongs to another memory; choose another, or leave it out");
    }

    /// <exception cref="ProductException">Invalid; NotFound.</exception>
    public async Task<StoredMemory> UpdateAsync(string org, string memoryId, WriteMemory asked, CancellationToken cancel)
    {
        var text = _texts.Require(asked.Text);
        var metadata = asked.Metadata is null ? null : _texts.Check(asked.Metadata, "metadata");
        return await store.UpdateAsync(org, memoryId, text, MemoryWords.Of(text), metadata, cancel).ConfigureAwait(false) ?? throw NotFound();
    }

    /// <exception cref="ProductException">NotFound.</exception>
    public async Task<StoredMemory> GetAsync(string org, string memoryId, CancellationToken cancel) =>
        await store.FindAsync(org, memoryId, cancel).ConfigureAwait(false) ?? throw NotFound();

    /// <exception cref="ProductException">NotFound.</exception>
    public async Task DeleteAsync(string org, string memoryId, CancellationToken cancel)
    {
        if (!await store.DeleteAsync(org, memoryId, cancel).ConfigureAwait(false)) { throw NotFound(); }
    }

    /// <summary>In small steps, so that who writes is not held up; says how many are gone.</summary>
    public async Task<int> ClearAsync(string org, MemoryFilter filter, CancellationToken cancel)
    {
        for (var (all, last) = (0, ClearBatch); ; all += last)
        {
            if (last < ClearBatch) { return all; }

            last = await store.ClearAsync(org, filter, ClearBatch, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Newest first, in pages, so that a slow reader holds nothing.</summary>
    public async IAsyncEnumerable<StoredMemory> ListAsync(
        string org, MemoryFilter filter, PageKey? after, int? limit, [EnumeratorCancellation] CancellationToken cancel)
    {
        for (var left = limit ?? int.MaxValue; left > 0; left -= PageLength)
        {
            var length = Math.Min(left, PageLength);
            var page = await store.ListAsync(org, filter, after, length, cancel).ConfigureAwait(false);
            foreach (var memory in page) { yield return memory; }
            if (page.Count < length) { yield break; }

            after = new PageKey(page[^1].CreatedAt, page[^1].MemoryId);
        }
    }

    /// <summary>What the scope sees and is like the query, the nearest first.</summary>
    /// <exception cref="ProductException">Invalid.</exception>
    public async Task<FoundMemories> SearchAsync(string org, MemoryScope scope, SearchMemory asked, CancellationToken cancel)
    {
        var query = FreeText.Require(asked.Query, "query", options.MaxPromptLength);
        var limit = RequireLimit(asked.Limit ?? asked.K ?? DefaultLimit);
        var field = new MemoryField(
            [.. _texts.Require(scope).Seen.Select(seen => seen.KeyIn(org))],
            _texts.CheckName(asked.Collection, "collection"),
            _texts.Check(asked.MetadataFilter, "metadata_filter"));
        if (asked.UseLongTerm is false) { return new FoundMemories([], HasVectors: false); }

        var byWords = await FindByWordsAsync(field, query, cancel).ConfigureAwait(false);
        // Elsewhere nobody needs a secret to know what is meant.
        var byVector = _meaning is null ? null : await _meaning.FindAsync(field, redactor.Redact(query), cancel).ConfigureAwait(false);
        var hits = byVector is null ? byWords : MemoryRanking.Fuse(byWords, byVector);
        return new FoundMemories([.. hits.Take(limit)], HasVectors: byVector is not null);
    }

    async Task<IReadOnlyList<MemoryHit>> FindByWordsAsync(MemoryField field, string query, CancellationToken cancel)
    {
        var words = MemoryWords.Of(query, options.MaxMemoryQueryWords);
        if (words.Count == 0) { return []; }

        var found = await store.FindByWordsAsync(field, words, options.MemoryCandidates, cancel).ConfigureAwait(false);
        if (found.Count == 0) { return []; }

        var all = await store.CountAsync(field.Scopes, options.MaxMemoriesPerScope * field.Scopes.Count, cancel).ConfigureAwait(false);
        return MemoryRanking.ByWords(found, words, all);
    }

    int RequireLimit(int limit) => limit >= 1 && limit <= options.MaxMemoryResults
        ? limit
        : throw new ProductException(ErrorCode.Invalid, $"limit must be from 1 to {options.MaxMemoryResults}");

    static bool IsSame(NewMemory asked, StoredMemory stored) =>
        stored.Text == asked.Text && stored.Collection == asked.Collection && stored.Scope.KeyIn(stored.Org) == asked.Scope.KeyIn(asked.Org);

    static ProductException NotFound() => new(ErrorCode.NotFound, "Memory not found");
}

/// <param name="HasVectors">Whether vectors were compared, beside words.</param>
public sealed record FoundMemories(IReadOnlyList<MemoryHit> Hits, bool HasVectors);
