using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Documents;

namespace AgentOrchestrator.Coordinator.Documents;

/// <summary>Reads and changes parts of documents that are text.</summary>
public sealed class DocumentTexts(DocumentLibrary library, CoordinatorOptions options)
{
    const int MaxTries = 20;

    /// <summary>The places of <paramref name="limit"/> characters from <paramref name="offset"/> on; to the end where it is null.</summary>
    /// <exception cref="ProductException">NotPossible when it is no text.</exception>
    public async Task<TextPlaces> FindAsync(Document document, long offset, long? limit, CancellationToken cancel)
    {
        if (!IsText(document)) { throw new ProductException(ErrorCode.NotPossible, "Partial content retrieval is only supported for text content types"); }

        await using var content = await library.OpenAsync(document, cancel).ConfigureAwait(false);
        var to = limit is { } length && length <= long.MaxValue - offset ? offset + length : long.MaxValue;
        return await TextPlaces.FindAsync(content, IsUtf8(document), offset, to, cancel).ConfigureAwait(false);
    }

    /// <summary>Changes what is asked in whatever the text is by then; with <paramref name="ifChecksum"/> only in that one.</summary>
    /// <exception cref="ProductException">NotPossible; NotFound; Changed; TooLarge; StorageFull.</exception>
    public async Task<EditedDocument> EditAsync(
        string org, string documentId, EditContent asked, IReadOnlyList<string>? ifChecksum, string author, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            var document = await library.GetAsync(org, documentId, cancel).ConfigureAwait(false);
            if (ifChecksum?.Contains(document.Checksum) is false) { throw DocumentErrors.Changed(document.Checksum); }

            try
            {
                return await EditAsync(document, asked, author, cancel).ConfigureAwait(false);
            }
            catch (ProductException other) when (other.Code is ErrorCode.Changed && ifChecksum is null && attempt < MaxTries)
            {
                // Somebody was faster; the same change in what they left.
            }
        }
    }

    async Task<EditedDocument> EditAsync(Document document, EditContent asked, string author, CancellationToken cancel)
    {
        if (!IsText(document)) { throw new ProductException(ErrorCode.NotPossible, $"Edit only supported for text content types (got: {document.ContentType})"); }

        var edit = new TextEdit(asked, IsUtf8(document));
        var text = await edit.ApplyAsync(await LoadAsync(document, cancel).ConfigureAwait(false), cancel).ConfigureAwait(false);
        await using var staged = await library.StageAsync(document.Org, new MemoryStream(text), text.Length, cancel).ConfigureAwait(false);
        var written = await library.WriteAsync(document.Org, document.DocumentId, staged, [document.Checksum], author, cancel).ConfigureAwait(false);
        return new EditedDocument(written, edit.Replacements, edit.Range);
    }

    public async Task<byte[]> LoadAsync(Document document, CancellationToken cancel)
    {
        if (document.Content?.SizeBytes > options.MaxEditedBytes)
        {
            throw new ProductException(
                ErrorCode.TooLarge, $"a text over {options.MaxEditedBytes} bytes is neither edited in part nor compared; write it whole");
        }

        await using var content = await library.OpenAsync(document, cancel).ConfigureAwait(false);
        var bytes = new byte[document.Content?.SizeBytes ?? 0];
        await content.ReadExactlyAsync(bytes, cancel).ConfigureAwait(false);
        return bytes;
    }

    public static bool IsText(Document document) => ContentTypes.IsText(document.ContentType) || document.Content is { IsText: true };

    static bool IsUtf8(Document document) => document.Content is null or { IsText: true };
}

/// <param name="Replacements">Null for an edit by place.</param>
/// <param name="Range">Null for an edit by what stood there.</param>
public sealed record EditedDocument(Document Document, int? Replacements, EditRange? Range);
