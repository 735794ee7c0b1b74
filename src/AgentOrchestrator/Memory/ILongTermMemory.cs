namespace AgentOrchestrator.Memory;

/// <summary>Texts that are kept for good and found by what they say.</summary>
public interface ILongTermMemory
{
    /// <summary>The collection of whoever names none.</summary>
    const string DefaultCollection = "default";

    /// <summary>Keeps a text.</summary>
    /// <returns>Its id.</returns>
    Task<string> StoreAsync(
        string text,
        IReadOnlyDictionary<string, string>? metadata = null,
        string collection = DefaultCollection,
        CancellationToken cancellationToken = default);

    /// <summary>Finds texts, the closest first.</summary>
    /// <param name="query">What is looked for.</param>
    /// <param name="topK">How many are returned at most.</param>
    /// <param name="filter">Only those with all of these in their metadata.</param>
    /// <param name="collection">Where they are.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    Task<IReadOnlyList<MemoryHit>> SearchAsync(
        string query,
        int topK = 5,
        IReadOnlyDictionary<string, string>? filter = null,
        string collection = DefaultCollection,
        CancellationToken cancellationToken = default);

    /// <summary>Replaces a text, and its metadata where new ones are given.</summary>
    /// <returns>False when there is none of this id.</returns>
    Task<bool> UpdateAsync(
        string id, string text, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default);

    /// <summary>Forgets a text.</summary>
    /// <returns>False when there is none of this id.</returns>
    Task<bool> DeleteAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Forgets a collection.</summary>
    Task ClearAsync(string collection = DefaultCollection, CancellationToken cancellationToken = default);
}
