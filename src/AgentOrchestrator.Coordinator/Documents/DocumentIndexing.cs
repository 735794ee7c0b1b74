using System.Text;
using AgentOrchestrator.Coordinator.Memory;
using AgentOrchestrator.Protocol;
using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Coordinator.Documents;

/// <summary>Makes what documents are found by, after their contents are on disk: no writer waits for it, and what was written while the server was away is indexed too.</summary>
/// <remarks>Nodes that share a database may index one twice, which does no harm.</remarks>
public sealed class DocumentIndexing(
    IPassageStore passages, DocumentLibrary library, CoordinatorOptions options, TimeProvider time, ILogger<DocumentIndexing> log)
    : Loop(options.DocumentIndexInterval, time, log)
{
    const int Batch = 16;

    /// <summary>How many it looked at.</summary>
    public async Task<int> RunOnceAsync(CancellationToken cancel)
    {
        for (var done = 0; ;)
        {
            var documents = await passages.ListUnindexedAsync(Batch, cancel).ConfigureAwait(false);
            if (documents.Count == 0) { return done; }

            foreach (var document in documents) { await IndexAsync(document, cancel).ConfigureAwait(false); }
            done += documents.Count;
        }
    }

    protected override async Task<object?> RoundAsync(CancellationToken cancel) =>
        await RunOnceAsync(cancel).ConfigureAwait(false) is > 0 and var done ? done : null;

    async Task IndexAsync(Document document, CancellationToken cancel)
    {
        var (found, failure) = await TryReadAsync(document, cancel).ConfigureAwait(false);
        await passages.IndexAsync(document, found, failure, cancel).ConfigureAwait(false);
    }

    async Task<(IReadOnlyList<NewPassage> Passages, string? Failure)> TryReadAsync(Document document, CancellationToken cancel)
    {
        if (!DocumentTexts.IsText(document) || document.Content is not { SizeBytes: > 0 } content) { return ([], null); }
        if (content.SizeBytes > options.MaxIndexedBytes) { return ([], $"longer than {options.MaxIndexedBytes} bytes"); }
        if (!content.IsText) { return ([], "no UTF-8"); }

        try
        {
            var bytes = new byte[content.SizeBytes];
            await using var stream = await library.OpenAsync(document, cancel).ConfigureAwait(false);
            await stream.ReadExactlyAsync(bytes, cancel).ConfigureAwait(false);
            return ([.. Passage.CutAll(Encoding.UTF8.GetString(bytes)).Select(passage => new NewPassage(passage, MemoryWords.Of(passage.Text)))], null);
        }
        catch (ProductException missing) when (missing.Code is ErrorCode.Unavailable)
        {
            return ([], "its content cannot be read");
        }
    }
}
