using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Documents;
using AgentOrchestrator.Coordinator.Memory;

namespace AgentOrchestrator.Sqlite.Documents;

sealed class SqliteDocumentStore(SqliteDatabase database) : IDocumentStore
{
    public Task<Document> AddAsync(NewDocument document, DocumentBounds bounds, CancellationToken cancel) => database.AddAsync(
        transaction =>
        {
            var place = DocumentRows.Insert(transaction, document);
            if (document.Content is { } content) { DocumentVersions.Add(transaction, document.Org, place, content, document.Author, bounds); }

            return DocumentRows.Find(transaction.Db, document.Org, document.DocumentId)!;
        },
        cancel);

    public Task<Document?> FindAsync(string org, string documentId, CancellationToken cancel) =>
        database.ReadAsync(db => DocumentRows.Find(db, org, documentId), cancel);

    public async Task<Document?> WriteAsync(string org, string documentId, NewContent content, DocumentBounds bounds, CancellationToken cancel)
    {
        var (written, dropped) = await database.AddAsync(transaction => Write(transaction, org, documentId, content, bounds), cancel).ConfigureAwait(false);
        database.Contents.Remove(dropped);
        return written;
    }

    public Task<Document?> EditAsync(string org, string documentId, DocumentEdit edit, CancellationToken cancel) => database.AddAsync(
        transaction =>
        {
            if (DocumentRows.FindPlace(transaction.Db, org, documentId) is not { } place) { return null; }

            transaction.Db.Query("""
                UPDATE documents SET filename = COALESCE(?2, filename), filename_key = COALESCE(?3, filename_key), metadata = COALESCE(?4, metadata), updated_at = ?5
                WHERE place = ?1
                """)
                .Bind(place).Bind(edit.Filename).Bind(edit.Filename?.ToLowerInvariant())
                .Bind(edit.Metadata is null ? null : MetadataJson.Of(edit.Metadata)).Bind(transaction.Now).Run();
            if (edit.Tags is not null) { DocumentRows.SetTags(transaction.Db, place, edit.Tags); }

            return DocumentRows.Find(transaction.Db, org, documentId);
        },
        cancel);

    public Task<IReadOnlyList<Document>> ListAsync(
        string org, DocumentFilter filter, PageKey? after, long offset, int limit, CancellationToken cancel) =>
        database.ReadAsync(db => DocumentRows.List(db, org, filter, after, offset, limit), cancel);

    public Task<IReadOnlyList<TagCount>> ListTagsAsync(string org, CancellationToken cancel) =>
        database.ReadAsync(db => DocumentRows.ListTags(db, org), cancel);

    public Task<IReadOnlyList<DocumentVersion>> ListVersionsAsync(string org, string documentId, CancellationToken cancel) =>
        database.ReadAsync(db => DocumentVersions.List(db, org, documentId), cancel);

    public async Task<Document?> RestoreAsync(
        string org, string documentId, int version, IReadOnlyList<string>? ifChecksum, string author, DocumentBounds bounds, CancellationToken cancel)
    {
        var (restored, dropped) = await database.AddAsync(
            transaction => DocumentVersions.List(transaction.Db, org, documentId).FirstOrDefault(kept => kept.Version == version) is { } then
                ? Write(transaction, org, documentId, new NewContent(then.Content, null, ifChecksum, author), bounds)
                : (null, []),
            cancel).ConfigureAwait(false);
        database.Contents.Remove(dropped);
        return restored;
    }

    public async Task<IReadOnlyList<string>> DeleteAsync(string org, string documentId, CancellationToken cancel)
    {
        var (deleted, dropped) = await database.WriteAsync(transaction => Delete(transaction.Db, org, documentId), cancel).ConfigureAwait(false);
        database.Contents.Remove(dropped);
        return deleted;
    }

    public Task<long> MeasureAsync(string org, CancellationToken cancel) => database.ReadAsync(db => DocumentVersions.Measure(db, org), cancel);

    static (Document? Written, IReadOnlyList<string> Dropped) Write(
        WriteTransaction transaction, string org, string documentId, NewContent content, DocumentBounds bounds)
    {
        if (DocumentRows.Find(transaction.Db, org, documentId) is not { } document) { return (null, []); }
        if (content.IfChecksum is { } asked && !asked.Contains(document.Checksum)) { throw DocumentErrors.Changed(document.Checksum); }

        var place = DocumentRows.FindPlace(transaction.Db, org, documentId)!.Value;
        transaction.Db.Query("UPDATE documents SET content_type = ?2 WHERE place = ?1 AND content_type = ?3")
            .Bind(place).Bind(content.ContentType ?? document.ContentType).Bind(ContentTypes.Unknown).Run();
        var dropped = DocumentVersions.Add(transaction, org, place, content.Content, content.Author, bounds);
        return (DocumentRows.Find(transaction.Db, org, documentId), dropped);
    }

    static (IReadOnlyList<string> Deleted, IReadOnlyList<string> Dropped) Delete(Connection db, string org, string documentId)
    {
        if (DocumentRows.FindPlace(db, org, documentId) is not { } place) { return ([], []); }

        var all = db.Query("""
            WITH RECURSIVE below (place, depth) AS (
                SELECT ?1, 0
                UNION SELECT r.related, below.depth + 1 FROM document_relations r JOIN below ON r.document = below.place WHERE r.relation_type = ?2)
            SELECT d.place, d.document_id FROM below JOIN documents d ON d.place = below.place GROUP BY d.place ORDER BY max(below.depth) DESC, d.document_id
            """)
            .Bind(place).Bind(RelationDefinition.Child).All(row => (Place: row.Long(), Id: row.Text()));
        var dropped = new List<string>();
        foreach (var one in all)
        {
            dropped.AddRange(DocumentVersions.Forget(db, org, one.Place, keep: 0));
            db.Query("DELETE FROM documents WHERE place = ?1").Bind(one.Place).Run();
        }

        return ([.. all.Select(one => one.Id)], dropped);
    }
}
