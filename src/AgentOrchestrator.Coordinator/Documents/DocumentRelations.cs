using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Documents;
using AgentOrchestrator.Protocol.Secrets;

namespace AgentOrchestrator.Coordinator.Documents;

/// <summary>Says what documents are to each other.</summary>
public sealed class DocumentRelations(IRelationStore store, Redactor redactor)
{
    const int MaxNoteLength = 2_000;

    /// <exception cref="ProductException">NotPossible; Invalid; NotFound; Conflict.</exception>
    public Task<(Relation From, Relation To)> RelateAsync(string org, RelateDocuments asked, CancellationToken cancel)
    {
        var definition = RelationDefinition.Require(asked.Definition);
        var (from, to) = (RequireId(asked.FromDocumentId, "from_document_id"), RequireId(asked.ToDocumentId, "to_document_id"));
        if (from == to) { throw new ProductException(ErrorCode.Conflict, "a document cannot be related to itself", "cycle"); }

        return store.RelateAsync(new NewRelation(org, definition, from, to, Check(asked.FromToNote, "from_to_note"), Check(asked.ToFromNote, "to_from_note")), cancel);
    }

    /// <exception cref="ProductException">NotPossible; Invalid; NotFound.</exception>
    public async Task<Relation> NoteAsync(string org, string relationId, string? note, CancellationToken cancel) =>
        await store.NoteAsync(org, RequireNumber(relationId), Check(note, "note"), cancel).ConfigureAwait(false) ?? throw NotFound();

    /// <returns>The ids of both rows.</returns>
    /// <exception cref="ProductException">NotPossible; NotFound.</exception>
    public async Task<IReadOnlyList<long>> UnrelateAsync(string org, string relationId, CancellationToken cancel) =>
        await store.UnrelateAsync(org, RequireNumber(relationId), cancel).ConfigureAwait(false) is { Count: > 0 } gone ? gone : throw NotFound();

    /// <summary>By document, each by type.</summary>
    public async Task<ILookup<string, Relation>> ListAsync(string org, IReadOnlyList<string> documentIds, CancellationToken cancel) =>
        (await store.ListAsync(org, documentIds, cancel).ConfigureAwait(false)).ToLookup(relation => relation.DocumentId);

    string? Check(string? note, string field) => note is "" ? "" : FreeText.Check(note, field, MaxNoteLength) is { } text ? redactor.Redact(text) : null;

    static string RequireId(string? id, string field) => FreeText.Require(id, field, FreeText.MaxLabelLength);

    static long RequireNumber(string relationId) =>
        long.TryParse(relationId, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new ProductException(ErrorCode.NotPossible, "Invalid relation ID format");

    static ProductException NotFound() => new(ErrorCode.NotFound, "Relation not found");
}
