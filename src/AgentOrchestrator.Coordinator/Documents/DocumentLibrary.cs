using System.Runtime.CompilerServices;
using AgentOrchestrator.Coordinator.Audit;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Documents;
using AgentOrchestrator.Protocol.Secrets;

namespace AgentOrchestrator.Coordinator.Documents;

/// <summary>Keeps documents that agents and people share, and finds them by name and tags.</summary>
public sealed class DocumentLibrary(IDocumentStore store, IContentStore contents, Redactor redactor, CoordinatorOptions options)
{
    const int PageLength = 100;

    readonly DocumentLabels _labels = new(redactor, options);

    internal DocumentBounds Bounds => new(options.DocumentQuota, options.MaxDocumentVersions);

    /// <summary>Puts content on disk, of no document yet, whatever its length with the same memory.</summary>
    /// <param name="length">What the sender says its length is; null when it does not.</param>
    /// <exception cref="ProductException">TooLarge; StorageFull above the quota, or on a full disk.</exception>
    public async Task<StagedContent> StageAsync(string org, Stream source, long? length, CancellationToken cancel)
    {
        if (length > options.MaxDocumentBytes) { throw DocumentErrors.TooLarge(options.MaxDocumentBytes); }

        var free = Math.Max(0, options.DocumentQuota - await store.MeasureAsync(org, cancel).ConfigureAwait(false));
        if (length > free) { throw DocumentErrors.QuotaFull(options.DocumentQuota); }

        using var incoming = free < options.MaxDocumentBytes
            ? new IncomingContent(source, free, () => DocumentErrors.QuotaFull(options.DocumentQuota))
            : new IncomingContent(source, options.MaxDocumentBytes, () => DocumentErrors.TooLarge(options.MaxDocumentBytes));
        var contentId = await contents.WriteAsync(incoming, cancel).ConfigureAwait(false);
        return new StagedContent(contents, new StoredContent(contentId, incoming.Length, incoming.Checksum, incoming.IsText));
    }

    /// <param name="staged">Null for a document whose content is still to be written.</param>
    /// <param name="contentType">What its sender says that it is.</param>
    /// <exception cref="ProductException">Invalid; StorageFull.</exception>
    public async Task<Document> AddAsync(
        string org, CreateDocument asked, StagedContent? staged, string? contentType, string author, CancellationToken cancel)
    {
        var filename = _labels.RequireFilename(asked.Filename);
        var document = new NewDocument(
            org, Ids.New("doc_", 24), filename, ContentTypes.Of(contentType, filename, staged is { Content.IsText: true }), _labels.CheckTags(asked.Tags),
            _labels.CheckMetadata(asked.Metadata), staged?.Content, author);
        AuditIntent.Makes(AuditNoun.Document, document.DocumentId);
        var added = await store.AddAsync(document, Bounds, cancel).ConfigureAwait(false);
        staged?.Take();
        return added;
    }

    /// <param name="ifChecksum">Only while its content has one of these; null for whatever it has.</param>
    /// <exception cref="ProductException">NotFound; Changed; StorageFull.</exception>
    public async Task<Document> WriteAsync(
        string org, string documentId, StagedContent staged, IReadOnlyList<string>? ifChecksum, string author, CancellationToken cancel)
    {
        var content = new NewContent(staged.Content, staged.Content.IsText ? ContentTypes.Text : null, ifChecksum, author);
        var written = await store.WriteAsync(org, documentId, content, Bounds, cancel).ConfigureAwait(false) ?? throw DocumentErrors.NotFound(documentId);
        staged.Take();
        return written;
    }

    /// <exception cref="ProductException">Invalid; NotFound.</exception>
    public async Task<Document> EditAsync(string org, string documentId, EditDocument asked, CancellationToken cancel)
    {
        var edit = new DocumentEdit(
            asked.Filename is null ? null : _labels.RequireFilename(asked.Filename), asked.Tags is null ? null : _labels.CheckTags(asked.Tags),
            asked.Metadata is null ? null : _labels.CheckMetadata(asked.Metadata));
        return await store.EditAsync(org, documentId, edit, cancel).ConfigureAwait(false) ?? throw DocumentErrors.NotFound(documentId);
    }

    /// <exception cref="ProductException">NotFound.</exception>
    public async Task<Document> GetAsync(string org, string documentId, CancellationToken cancel) =>
        await store.FindAsync(org, documentId, cancel).ConfigureAwait(false) ?? throw DocumentErrors.NotFound(documentId);

    public async Task<Stream> OpenAsync(Document document, CancellationToken cancel) =>
        document.Content is { } content ? await contents.OpenAsync(content, cancel).ConfigureAwait(false) : Stream.Null;

    /// <summary>Newest first, in pages, so that a slow reader holds nothing.</summary>
    /// <param name="limit">Null for all.</param>
    public async IAsyncEnumerable<Document> ListAsync(
        string org, DocumentFilter filter, PageKey? after, long offset, int? limit, [EnumeratorCancellation] CancellationToken cancel)
    {
        for (var left = limit ?? int.MaxValue; left > 0; left -= PageLength)
        {
            var length = Math.Min(left, PageLength);
            var page = await store.ListAsync(org, filter, after, offset, length, cancel).ConfigureAwait(false);
            foreach (var document in page) { yield return document; }
            if (page.Count < length) { yield break; }

            (after, offset) = (new PageKey(page[^1].CreatedAt, page[^1].DocumentId), 0);
        }
    }

    public Task<IReadOnlyList<TagCount>> ListTagsAsync(string org, CancellationToken cancel) => store.ListTagsAsync(org, cancel);

    /// <returns>What is gone, children before their parents.</returns>
    /// <exception cref="ProductException">NotFound.</exception>
    public async Task<IReadOnlyList<string>> DeleteAsync(string org, string documentId, CancellationToken cancel) =>
        await store.DeleteAsync(org, documentId, cancel).ConfigureAwait(false) is { Count: > 0 } gone ? gone : throw DocumentErrors.NotFound(documentId);
}
