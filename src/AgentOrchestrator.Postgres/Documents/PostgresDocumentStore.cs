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

    public Task<IReadOnlyList<string>> DeleteAsync(string org, string documentId, CancellationToken cancel) =>
        database.WriteAsync<IReadOnlyList<string>>(
            async tx =>
            {
                if (await DocumentRows.LockAsync(tx, org, documentId).ConfigureAwait(false) is not { } place) { return []; }

                var dropped = await DocumentVersions.ForgetAsync(tx, place, keep: 0).ConfigureAwait(false);
                await tx.ExecuteAsync(new Statement("DELETE FROM documents WHERE place = @place").Number("place", place)).ConfigureAwait(false);
                await DocumentVersions.CountAsync(tx, org, -dropped).ConfigureAwait(false);
                return [documentId];
            },
            cancel);

    public Task<long> MeasureAsync(string org, CancellationToken cancel) => database.ReadAsync(
        reads => reads.FirstAsync(DocumentVersions.Measure(org), row => row.GetInt64(0)), cancel);

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
