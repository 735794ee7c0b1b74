using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Documents;
using AgentOrchestrator.Coordinator.Memory;

namespace AgentOrchestrator.Postgres.Documents;

sealed class PostgresDocumentStore(PostgresDatabase database) : IDocumentStore
{
    public Task<Document> AddAsync(NewDocument document, DocumentBounds bounds, CancellationToken cancel) => database.WriteAsync(
        async tx =>
        {
            var place = await DocumentRows.InsertAsync(tx, document).ConfigureAwait(false);
            if (document.Content is { } content)
            {
                await DocumentVersions.AddAsync(tx, document.Org, place, content, document.Author, bounds).ConfigureAwait(false);
            }

            return (await tx.FirstAsync(DocumentRows.Find(document.Org, document.DocumentId), DocumentRows.Read).ConfigureAwait(false))!;
        },
        cancel);

    public Task<Document?> FindAsync(string org, string documentId, CancellationToken cancel) => database.ReadAsync(
        reads => reads.FirstAsync(DocumentRows.Find(org, documentId), DocumentRows.Read)!, cancel);

    public Task<Document?> WriteAsync(string org, string documentId, NewContent content, DocumentBounds bounds, CancellationToken cancel) =>
        database.WriteAsync(tx => WriteAsync(tx, org, documentId, content, bounds), cancel);

    public Task<Document?> EditAsync(string org, string documentId, DocumentEdit edit, CancellationToken cancel) => database.WriteAsync(
        async tx =>
        {
            if (await DocumentRows.LockAsync(tx, org, documentId).ConfigureAwait(false) is not { } place) { return null; }

            await tx.ExecuteAsync(
                [
                    new Statement(
                        """
                        UPDATE documents SET filename = COALESCE(@filename, filename), filename_key = COALESCE(@key, filename_key),
                            metadata = COALESCE(@metadata::jsonb, metadata), updated_at = COALESCE(@now, clock_timestamp()) WHERE place = @place
                        """)
                        .Number("place", place).Text("filename", edit.Filename).Text("key", edit.Filename?.ToLowerInvariant())
                        .Text("metadata", edit.Metadata is null ? null : MetadataJson.Of(edit.Metadata)).Time("now", tx.NowOrNull),
                    .. edit.Tags is null ? [] : DocumentRows.SetTags(place, edit.Tags),
                ]).ConfigureAwait(false);
            return await tx.FirstAsync(DocumentRows.Find(org, documentId), DocumentRows.Read).ConfigureAwait(false);
        },
        cancel);

    public async Task<IReadOnlyList<Document>> ListAsync(
        string org, DocumentFilter filter, PageKey? after, long offset, int limit, CancellationToken cancel) => await database.ReadAsync(
        reads => reads.AllAsync(DocumentRows.List(org, filter, after, offset, limit), DocumentRows.Read), cancel).ConfigureAwait(false);

    public async Task<IReadOnlyList<TagCount>> ListTagsAsync(string org, CancellationToken cancel) => await database.ReadAsync(
        reads => reads.AllAsync(DocumentRows.ListTags(org), row => ReadTag(row)), cancel).ConfigureAwait(false);

    public async Task<IReadOnlyList<DocumentVersion>> ListVersionsAsync(string org, string documentId, CancellationToken cancel) => await database.ReadAsync(
        reads => reads.AllAsync(DocumentVersions.List(org, documentId), DocumentVersions.Read), cancel).ConfigureAwait(false);

    public Task<Document?> RestoreAsync(
        string org, string documentId, int version, IReadOnlyList<string>? ifChecksum, string author, DocumentBounds bounds, CancellationToken cancel) =>
        database.WriteAsync(
            async tx =>
            {
                if (await DocumentRows.LockAsync(tx, org, documentId).ConfigureAwait(false) is null) { return null; }

                var versions = await tx.AllAsync(DocumentVersions.List(org, documentId), DocumentVersions.Read).ConfigureAwait(false);
                return versions.Find(kept => kept.Version == version) is { } then
                    ? await WriteAsync(tx, org, documentId, new NewContent(then.Content, null, ifChecksum, author), bounds).ConfigureAwait(false)
                    : null;
            },
            cancel);

    public Task<IReadOnlyList<string>> DeleteAsync(string org, string documentId, CancellationToken cancel) =>
        database.WriteAsync<IReadOnlyList<string>>(
            async tx =>
            {
                await PostgresRelationStore.HoldAsync(tx, org).ConfigureAwait(false);
                var all = await LockWithChildrenAsync(tx, org, documentId).ConfigureAwait(false);
                var dropped = 0L;
                foreach (var one in all)
                {
                    dropped += await DocumentVersions.ForgetAsync(tx, one.Place, keep: 0).ConfigureAwait(false);
                    await tx.ExecuteAsync(new Statement("DELETE FROM documents WHERE place = @place").Number("place", one.Place)).ConfigureAwait(false);
                }

                await DocumentVersions.CountAsync(tx, org, -dropped).ConfigureAwait(false);
                return [.. all.Select(one => one.Id)];
            },
            cancel);

    public Task<long> MeasureAsync(string org, CancellationToken cancel) => database.ReadAsync(
        reads => reads.FirstAsync(DocumentVersions.Measure(org), row => row.GetInt64(0)), cancel);

    /// <summary>Children before their parents.</summary>
    static async Task<List<(long Place, string Id)>> LockWithChildrenAsync(Tx tx, string org, string documentId)
    {
        var all = await tx.AllAsync(
            new Statement(
                """
                WITH RECURSIVE below (place, depth) AS (
                    SELECT place, 0 FROM documents WHERE org = @org AND document_id = @id
                    UNION SELECT r.related, below.depth + 1 FROM document_relations r JOIN below ON r.document = below.place WHERE r.relation_type = @child)
                SELECT d.place, d.document_id FROM below JOIN documents d ON d.place = below.place
                GROUP BY d.place, d.document_id ORDER BY max(below.depth) DESC, d.document_id
                """)
                .Text("org", org).Text("id", documentId).Text("child", RelationDefinition.Child),
            row => (Place: row.GetInt64(0), Id: row.GetString(1))).ConfigureAwait(false);
        // In one order: two that delete wait for each other before they hold anything.
        await tx.AllAsync(
            new Statement("SELECT 1 FROM documents WHERE place = ANY(@places) ORDER BY place FOR UPDATE").Numbers("places", all.Select(one => one.Place)),
            row => row.GetInt32(0)).ConfigureAwait(false);
        return all;
    }

    static async Task<Document?> WriteAsync(Tx tx, string org, string documentId, NewContent content, DocumentBounds bounds)
    {
        if (await DocumentRows.LockAsync(tx, org, documentId).ConfigureAwait(false) is not { } place) { return null; }

        var document = (await tx.FirstAsync(DocumentRows.Find(org, documentId), DocumentRows.Read).ConfigureAwait(false))!;
        if (content.IfChecksum is { } asked && !asked.Contains(document.Checksum)) { throw DocumentErrors.Changed(document.Checksum); }

        await tx.ExecuteAsync(new Statement("UPDATE documents SET content_type = @type WHERE place = @place AND content_type = @unknown")
            .Number("place", place).Text("type", content.ContentType ?? document.ContentType).Text("unknown", ContentTypes.Unknown)).ConfigureAwait(false);
        await DocumentVersions.AddAsync(tx, org, place, content.Content, content.Author, bounds).ConfigureAwait(false);
        return await tx.FirstAsync(DocumentRows.Find(org, documentId), DocumentRows.Read).ConfigureAwait(false);
    }

    static TagCount ReadTag(Npgsql.NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return new TagCount(row.Text(), row.Number());
    }
}
