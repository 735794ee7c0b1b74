namespace AgentOrchestrator.Coordinator.Documents;

/// <summary>Bytes of documents, of any length and never changed, where every node can read them.</summary>
public interface IContentStore
{
    /// <summary>Keeps all that there is to read. When it returns, it is on disk; what fails leaves nothing that anybody sees.</summary>
    /// <returns>The id to name it by.</returns>
    /// <exception cref="Protocol.ProductException">StorageFull; what the content itself throws while it is read.</exception>
    Task<string> WriteAsync(IncomingContent content, CancellationToken cancel);

    /// <summary>Removes it, unless a document names it.</summary>
    Task DropAsync(string contentId, CancellationToken cancel);

    /// <summary>A stream that can seek. It may fail in the middle once no document names the content.</summary>
    /// <exception cref="Protocol.ProductException">Unavailable when it is missing.</exception>
    Task<Stream> OpenAsync(StoredContent content, CancellationToken cancel);

    /// <summary>Removes at most <paramref name="limit"/> that no document names and nobody wrote to for so long: what a crash left.</summary>
    Task<int> SweepAsync(TimeSpan age, int limit, CancellationToken cancel);
}
