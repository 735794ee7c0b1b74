namespace AgentOrchestrator.Coordinator.Memory;

/// <summary>Memories and what they are found by. Each verb is one transaction; when it returns, its effect is on disk.</summary>
public interface IMemoryStore
{
    /// <summary>Keeps a memory, or finds the one of this id, which stays as it is.</summary>
    /// <param name="most">How many a scope may have.</param>
    /// <exception cref="Protocol.ProductException">LimitExceeded when the scope has that many.</exception>
    Task<StoredMemory> AddAsync(NewMemory memory, int most, CancellationToken cancel);

    Task<StoredMemory?> FindAsync(string org, string memoryId, CancellationToken cancel);

    /// <summary>Replaces the text, and the metadata where they are given. Its vector goes with the old text.</summary>
    /// <returns>Null when there is none of this id.</returns>
    Task<StoredMemory?> UpdateAsync(
        string org, string memoryId, string text, IReadOnlyList<string> words, IReadOnlyDictionary<string, string>? metadata, CancellationToken cancel);

    /// <returns>False when there is none of this id.</returns>
    Task<bool> DeleteAsync(string org, string memoryId, CancellationToken cancel);

    /// <summary>Forgets at most <paramref name="limit"/> of those that fit, and says how many.</summary>
    Task<int> ClearAsync(string org, MemoryFilter filter, int limit, CancellationToken cancel);

    /// <summary>Forgets at most <paramref name="limit"/> of those that were not written for so long, of all orgs, and says how many.</summary>
    Task<int> ForgetAsync(TimeSpan age, int limit, CancellationToken cancel);

    /// <summary>Those that fit, newest first, behind <paramref name="after"/>.</summary>
    Task<IReadOnlyList<StoredMemory>> ListAsync(string org, MemoryFilter filter, PageKey? after, int limit, CancellationToken cancel);

    /// <summary>How many there are in these scopes, counted to <paramref name="most"/>.</summary>
    Task<int> CountAsync(IReadOnlyList<string> scopes, int most, CancellationToken cancel);

    /// <summary>At most <paramref name="limit"/> memories that have one of the words; which ones, where there are more, is for the database to say.</summary>
    Task<IReadOnlyList<StoredMemory>> FindByWordsAsync(MemoryField field, IReadOnlyList<string> words, int limit, CancellationToken cancel);

    /// <summary>The <paramref name="limit"/> memories with the nearest vectors, the nearest first, of the newest <paramref name="scan"/> that have one of this model.</summary>
    /// <param name="vector">As <see cref="Vectors.Pack"/> makes them.</param>
    Task<IReadOnlyList<NearMemory>> FindByVectorAsync(
        MemoryField field, string model, byte[] vector, int scan, int limit, CancellationToken cancel);

    /// <summary>At most <paramref name="limit"/> memories of all orgs that have no vector yet.</summary>
    Task<IReadOnlyList<StoredMemory>> ListWithoutVectorAsync(int limit, CancellationToken cancel);

    /// <summary>Keeps a vector, unless the memory was written since <paramref name="seen"/> or is gone.</summary>
    /// <param name="vector">Empty for a text that has none: it is not asked for again.</param>
    Task SetVectorAsync(StoredMemory seen, string model, byte[] vector, CancellationToken cancel);

    /// <summary>Drops at most <paramref name="limit"/> vectors of other models, and says how many.</summary>
    Task<int> DropVectorsAsync(string exceptModel, int limit, CancellationToken cancel);
}
