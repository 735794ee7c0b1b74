using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Documents;
using AgentOrchestrator.Coordinator.Memory;
using Npgsql;

namespace AgentOrchestrator.Postgres.Documents;

/// <summary>Rows of documents.</summary>
static class DocumentRows
{
    const string Columns = """
        d.org, d.document_id, d.filename, d.content_type, ARRAY(SELECT t.tag FROM document_tags t WHERE t.document = d.place ORDER BY t.tag),
        d.metadata::text, d.created_at, d.updated_at, d.version, v.content_id, v.size_bytes, v.checksum, v.is_text
        """;

    const string From = "documents d LEFT JOIN document_versions v ON v.document = d.place AND v.version = d.version";

    public static Statement Find(string org, string documentId) =>
        new Statement($"SELECT {Columns} FROM {From} WHERE d.org = @org AND d.document_id = @id").Text("org", org).Text("id", documentId);

    /// <summary>Between two that write the document: the second sees what the first wrote.</summary>
    public static Task<long?> LockAsync(Tx tx, string org, string documentId) => tx.FirstAsync(
        new Statement("SELECT place FROM documents WHERE org = @org AND document_id = @id FOR UPDATE").Text("org", org).Text("id", documentId),
        row => (long?)row.GetInt64(0));

    public static async Task<long> InsertAsync(Tx tx, NewDocument document)
    {
        var place = await tx.FirstAsync(
            new Statement(
                """
                INSERT INTO documents (org, document_id, filename, filename_key, content_type, metadata, version, indexed_version, created_at, updated_at)
                SELECT @org, @id, @filename, @key, @type, @metadata::jsonb, 0, 0, now.at, now.at FROM (SELECT COALESCE(@now, clock_timestamp()) AS at) now
                RETURNING place
                """)
                .Text("org", document.Org).Text("id", document.DocumentId).Text("filename", document.Filename)
                .Text("key", document.Filename.ToLowerInvariant()).Text("type", document.ContentType)
                .Text("metadata", MetadataJson.Of(document.Metadata)).Time("now", tx.NowOrNull),
            row => row.GetInt64(0)).ConfigureAwait(false);
        await tx.ExecuteAsync(Tag(place, document.Tags)).ConfigureAwait(false);
        return place;
    }

    public static Statement[] SetTags(long place, IReadOnlyList<string> tags) =>
        [new Statement("DELETE FROM document_tags WHERE document = @place").Number("place", place), Tag(place, tags)];

    public static Statement List(string org, DocumentFilter filter, PageKey? after, long offset, int limit)
    {
        // Each tag a condition of its own: so the database can begin with the rarest.
        var tagged = string.Concat(filter.Tags.Select((_, i) =>
            $" AND EXISTS (SELECT 1 FROM document_tags t WHERE t.document = d.place AND t.org = @org AND t.tag = @tag{i})"));
        var statement = new Statement(
            $"""
            SELECT {Columns} FROM {From}
            WHERE d.org = @org{(filter.Filename is null ? "" : " AND strpos(d.filename_key, @key) > 0")}{tagged}
                {(after is null ? "" : "AND (d.created_at, d.document_id) < (@after, @after_id)")}
            ORDER BY d.created_at DESC, d.document_id DESC LIMIT @limit OFFSET @offset
            """)
            .Text("org", org).Number("limit", limit).Number("offset", offset);
        if (filter.Filename is { } filename) { statement.Text("key", filename.ToLowerInvariant()); }
        if (after is { } key) { statement.Time("after", key.CreatedAt).Text("after_id", key.Id); }
        for (var i = 0; i < filter.Tags.Count; i++) { statement.Text($"tag{i}", filter.Tags[i]); }

        return statement;
    }

    public static Statement ListUnindexed(int limit) =>
        new Statement($"SELECT {Columns} FROM {From} WHERE d.indexed_version <> d.version ORDER BY d.updated_at LIMIT @limit").Number("limit", limit);

    public static Statement ListTags(string org) =>
        new Statement("SELECT tag, count(*) FROM document_tags WHERE org = @org GROUP BY tag ORDER BY tag").Text("org", org);

    public static Document Read(NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return new Document(
            row.Text(), row.Text(), row.Text(), row.Text(), row.Texts(), MetadataJson.Read(row.Text()), row.Time(), row.Time(), row.Int(),
            row.TextOrNull() is { } contentId ? new StoredContent(contentId, row.Number(), row.Text(), row.Flag()) : null);
    }

    static Statement Tag(long place, IReadOnlyList<string> tags) => new Statement(
        """
        INSERT INTO document_tags (org, tag, document) SELECT d.org, asked.tag, d.place FROM unnest(@tags) AS asked (tag), documents d WHERE d.place = @place
        """)
        .Number("place", place).Texts("tags", tags);
}
