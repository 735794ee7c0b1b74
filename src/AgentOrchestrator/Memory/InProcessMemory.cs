namespace AgentOrchestrator.Memory;

/// <summary>A long-term memory that lasts as long as the process, with full-text search. One may serve several agents.</summary>
public sealed class InProcessMemory : ILongTermMemory
{
    const string Source = "long_term";

    static readonly IReadOnlyDictionary<string, string> s_none = new Dictionary<string, string>();

    readonly Lock _lock = new();
    readonly List<Entry> _entries = [];
    long _last;

    /// <inheritdoc/>
    public Task<string> StoreAsync(
        string text,
        IReadOnlyDictionary<string, string>? metadata = null,
        string collection = ILongTermMemory.DefaultCollection,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        lock (_lock)
        {
            var id = $"mem_{++_last}";
            _entries.Add(new Entry(id, text, metadata ?? s_none, collection));
            return Task.FromResult(id);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<MemoryHit>> SearchAsync(
        string query,
        int topK = 5,
        IReadOnlyDictionary<string, string>? filter = null,
        string collection = ILongTermMemory.DefaultCollection,
        CancellationToken cancellationToken = default)
    {
        List<Entry> entries;
        lock (_lock) { entries = [.. _entries.Where(entry => entry.Collection == collection && Fits(entry, filter))]; }

        var hits = WordIndex.Search(entries, entry => entry.Text, query)
            .Take(topK)
            .Select(hit => new MemoryHit(hit.Item.Text, Source, hit.Distance, hit.Item.Metadata));
        return Task.FromResult<IReadOnlyList<MemoryHit>>([.. hits]);
    }

    /// <inheritdoc/>
    public Task<bool> UpdateAsync(
        string id, string text, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            var at = _entries.FindIndex(entry => entry.Id == id);
            if (at >= 0) { _entries[at] = _entries[at] with { Text = text, Metadata = metadata ?? _entries[at].Metadata }; }
            return Task.FromResult(at >= 0);
        }
    }

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string id, CancellationToken cancellationToken = default)
    {
        lock (_lock) { return Task.FromResult(_entries.RemoveAll(entry => entry.Id == id) > 0); }
    }

    /// <inheritdoc/>
    public Task ClearAsync(string collection = ILongTermMemory.DefaultCollection, CancellationToken cancellationToken = default)
    {
        lock (_lock) { _entries.RemoveAll(entry => entry.Collection == collection); }
        return Task.CompletedTask;
    }

    static bool Fits(Entry entry, IReadOnlyDictionary<string, string>? filter) =>
        filter is null || filter.All(pair => entry.Metadata.TryGetValue(pair.Key, out var value) && value == pair.Value);

    sealed record Entry(string Id, string Text, IReadOnlyDictionary<string, string> Metadata, string Collection);
}
