namespace AgentOrchestrator.Coordinator.Documents;

/// <summary>What documents are found by. Each verb is one transaction.</summary>
public interface IPassageStore
{
    /// <summary>At most so many documents of all orgs whose present content is not indexed, the longest waiting first.</summary>
    Task<IReadOnlyList<Document>> ListUnindexedAsync(int limit, CancellationToken cancel);

    /// <summary>Puts the passages of a content in the place of those of older ones; nothing where the document was written since.</summary>
    /// <param name="failure">Why there are none although there should be; null where all is well.</param>
    Task IndexAsync(Document seen, IReadOnlyList<NewPassage> passages, string? failure, CancellationToken cancel);

    /// <summary>At most so many passages that have one of the words, those first that the database ranks first.</summary>
    Task<IReadOnlyList<FoundPassage>> FindAsync(string org, IReadOnlyList<string> words, int limit, CancellationToken cancel);

    Task<IndexState> ReadStateAsync(string org, CancellationToken cancel);
}
