using System.Text;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Coordinator.Documents;

/// <summary>What documents were before they were written again.</summary>
public sealed class DocumentHistory(IDocumentStore store, DocumentLibrary library, DocumentTexts texts, CoordinatorOptions options)
{
    /// <summary>The newest first.</summary>
    /// <exception cref="ProductException">NotFound.</exception>
    public async Task<IReadOnlyList<DocumentVersion>> ListAsync(string org, string documentId, CancellationToken cancel)
    {
        await library.GetAsync(org, documentId, cancel).ConfigureAwait(false);
        return await store.ListVersionsAsync(org, documentId, cancel).ConfigureAwait(false);
    }

    /// <summary>The document as it was then.</summary>
    /// <exception cref="ProductException">NotFound when there is none, or it is kept no more.</exception>
    public async Task<Document> GetAsync(string org, string documentId, int version, CancellationToken cancel)
    {
        var document = await library.GetAsync(org, documentId, cancel).ConfigureAwait(false);
        var versions = await store.ListVersionsAsync(org, documentId, cancel).ConfigureAwait(false);
        return versions.FirstOrDefault(kept => kept.Version == version) is { } then
            ? document with { Version = version, Content = then.Content, UpdatedAt = then.WrittenAt }
            : throw new ProductException(ErrorCode.NotFound, $"Version {version} of the document is not kept");
    }

    /// <param name="to">The present one when null.</param>
    /// <returns>Which one it was held against, and the difference as programs that patch read it; empty where there is none.</returns>
    /// <exception cref="ProductException">NotFound; NotPossible for what is no text; TooLarge.</exception>
    public async Task<(int To, string Difference)> CompareAsync(string org, string documentId, int from, int? to, CancellationToken cancel)
    {
        var first = await GetAsync(org, documentId, from, cancel).ConfigureAwait(false);
        var second = to is { } number
            ? await GetAsync(org, documentId, number, cancel).ConfigureAwait(false)
            : await library.GetAsync(org, documentId, cancel).ConfigureAwait(false);
        var (before, after) = (await LoadAsync(first, cancel).ConfigureAwait(false), await LoadAsync(second, cancel).ConfigureAwait(false));
        return (second.Version, LineDifference.Of(before, after, $"version {first.Version}", $"version {second.Version}"));
    }

    /// <summary>As a new version, so that nothing of what came after it is lost.</summary>
    /// <exception cref="ProductException">NotFound; Changed.</exception>
    public async Task<Document> RestoreAsync(
        string org, string documentId, int version, IReadOnlyList<string>? ifChecksum, string author, CancellationToken cancel)
    {
        var then = await GetAsync(org, documentId, version, cancel).ConfigureAwait(false);
        return await store.RestoreAsync(org, documentId, version, ifChecksum, author, library.Bounds, cancel).ConfigureAwait(false)
            ?? throw DocumentErrors.NotFound(then.DocumentId);
    }

    async Task<string> LoadAsync(Document document, CancellationToken cancel)
    {
        if (!DocumentTexts.IsText(document)) { throw new ProductException(ErrorCode.NotPossible, $"only texts can be compared (got: {document.ContentType})"); }
        if (document.Content?.SizeBytes > options.MaxComparedBytes)
        {
            throw new ProductException(ErrorCode.TooLarge, $"texts over {options.MaxComparedBytes} bytes are not compared; read both versions");
        }

        return Encoding.UTF8.GetString(await texts.LoadAsync(document, cancel).ConfigureAwait(false));
    }
}
