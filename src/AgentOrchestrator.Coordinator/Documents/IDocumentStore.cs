namespace AgentOrchestrator.Coordinator.Documents;

/// <summary>Documents and their tags. Each verb is one transaction; when it returns, its effect is on disk.</summary>
/// <remarks>Contents are written before by <see cref="IContentStore"/>; those that no document names any more go with the verb that dropped them.</remarks>
public interface IDocumentStore
{
    /// <exception cref="Protocol.ProductException">StorageFull when the org would have more than its quota.</exception>
    Task<Document> AddAsync(NewDocument document, DocumentBounds bounds, CancellationToken cancel);

    Task<Document?> FindAsync(string org, string documentId, CancellationToken cancel);

    /// <summary>Makes the content its newest version, and forgets the oldest above the bound.</summary>
    /// <returns>Null when there is none of this id.</returns>
    /// <exception cref="Protocol.ProductException">Changed when its content is another than was asked for; StorageFull above the quota.</exception>
    Task<Document?> WriteAsync(string org, string documentId, NewContent content, DocumentBounds bounds, CancellationToken cancel);

    /// <returns>Null when there is none of this id.</returns>
    Task<Document?> EditAsync(string org, string documentId, DocumentEdit edit, CancellationToken cancel);

    /// <summary>Newest first, then by id.</summary>
    /// <param name="after">What stood last on the page before.</param>
    /// <param name="offset">How many to pass over.</param>
    Task<IReadOnlyList<Document>> ListAsync(string org, DocumentFilter filter, PageKey? after, long offset, int limit, CancellationToken cancel);

    /// <summary>By name, in the order of their bytes.</summary>
    Task<IReadOnlyList<TagCount>> ListTagsAsync(string org, CancellationToken cancel);

    /// <summary>Those that are kept, the newest first.</summary>
    Task<IReadOnlyList<DocumentVersion>> ListVersionsAsync(string org, string documentId, CancellationToken cancel);

    /// <summary>Makes the content of a version the newest one.</summary>
    /// <param name="ifChecksum">Only while its content has one of these; null for whatever it has.</param>
    /// <returns>Null when there is none of this id, or of this version.</returns>
    /// <exception cref="Protocol.ProductException">Changed.</exception>
    Task<Document?> RestoreAsync(
        string org, string documentId, int version, IReadOnlyList<string>? ifChecksum, string author, DocumentBounds bounds, CancellationToken cancel);

    /// <summary>With all that are its children.</summary>
    /// <returns>What is gone, children before their parents; nothing when there is none of this id.</returns>
    Task<IReadOnlyList<string>> DeleteAsync(string org, string documentId, CancellationToken cancel);

    /// <summary>Bytes of all contents of the org.</summary>
    Task<long> MeasureAsync(string org, CancellationToken cancel);
}
