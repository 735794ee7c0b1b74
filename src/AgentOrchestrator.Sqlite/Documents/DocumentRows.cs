using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Documents;
using AgentOrchestrator.Coordinator.Memory;

namespace AgentOrchestrator.Sqlite.Documents;

/// <summary>Rows of documents.</summary>
static class DocumentRows
{
    const string Columns = """
        d.org, d.document_id, d.filename, d.content_type,
        (SELECT json_group_array(tag) FROM (SELECT t.tag FROM document_tags t WHERE t.document = d.place ORDER BY t.tag)),
        d.metadata, d.created_at, d.updated_at, d.version, v.content_id, v.size_bytes, v.checksum, v.is_text
        """;

    const string From = "documents d LEFT JOIN document_versions v ON v.document = d.place AND v.version = d.version";

    // A tag that has more counts as this many: then any of them will do.
    const int MostCounted = 1_000;

    public static Document? Find(Connection db, string org, string documentId) =>
        db.Query($"SELECT {Columns} FROM {From} WHERE d.org = ?1 AND d.document_id = ?2").Bind(org).Bind(documentId).First(Current);

    public static long? FindPlace(Connection db, string org, string documentId)
    {
        using var row = db.Query("SELECT place FROM documents WHERE org = ?1 AND document_id = ?2").Bind(org).Bind(documentId);
        return row.Read() ? row.Long() : null;
    }

    public static bool IsNamed(Connection db, string contentId)
    {
        using var row = db.Query("SELECT 1 FROM document_versions WHERE content_id = ?").Bind(contentId);
        return row.Read();
    }

    public static long Insert(WriteTransaction transaction, NewDocument document)
    {
        transaction.Db.Query("""
            INSERT INTO documents (org, document_id, filename, filename_key, content_type, metadata, version, indexed_version, created_at, updated_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, ?7, ?7)
            """)
            .Bind(document.Org).Bind(document.DocumentId).Bind(document.Filename).Bind(document.Filename.ToLowerInvariant()).Bind(document.ContentType)
            .Bind(MetadataJson.Of(document.Metadata)).Bind(transaction.Now).Run();
        var place = transaction.Db.LastRowId;
        SetTags(transaction.Db, place, document.Tags);
        return place;
    }

    public static void SetTags(Connection db, long place, IReadOnlyList<string> tags)
    {
        db.Query("DELETE FROM document_tags WHERE document = ?1").Bind(place).Run();
        db.Query("""
            INSERT INTO document_tags (org, tag, created_at, document_id, document)
            SELECT d.org, asked.value, d.created_at, d.document_id, d.place FROM json_each(?2) asked, documents d WHERE d.place = ?1
            """)
            .Bind(place).Bind(JsonArray.Of(tags)).Run();
    }

    public static IReadOnlyList<Document> List(Connection db, string org, DocumentFilter filter, PageKey? after, long offset, int limit)
    {
        var query = filter.Tags.Count == 0
            ? db.Query($"""
                SELECT {Columns} FROM {From}
                WHERE d.org = ?1 AND (?2 IS NULL OR instr(d.filename_key, ?2) > 0) AND (d.created_at, d.document_id) < (?3, ?4)
                ORDER BY d.created_at DESC, d.document_id DESC LIMIT ?5 OFFSET ?6
                """)
            : db.Query($"""
                SELECT {Columns} FROM document_tags rare JOIN documents d ON d.place = rare.document
                    LEFT JOIN document_versions v ON v.document = d.place AND v.version = d.version
                WHERE rare.org = ?1 AND rare.tag = ?7 AND (?2 IS NULL OR instr(d.filename_key, ?2) > 0) AND (rare.created_at, rare.document_id) < (?3, ?4)
                    AND NOT EXISTS (
                        SELECT 1 FROM json_each(?8) asked
                        WHERE NOT EXISTS (SELECT 1 FROM document_tags had WHERE had.document = rare.document AND had.tag = asked.value))
                ORDER BY rare.created_at DESC, rare.document_id DESC LIMIT ?5 OFFSET ?6
                """);
        query = query.Bind(org).Bind(filter.Filename?.ToLowerInvariant());
        query = after is { } key ? query.Bind(key.CreatedAt).Bind(key.Id) : query.Bind(long.MaxValue).Bind("");
        query = query.Bind(limit).Bind(offset);
        if (filter.Tags.Count > 0) { query = query.Bind(Rarest(db, org, filter.Tags)).Bind(JsonArray.Of(filter.Tags)); }

        return query.All(Current);
    }

    public static IReadOnlyList<Document> ListUnindexed(Connection db, int limit) =>
        db.Query($"SELECT {Columns} FROM {From} WHERE d.indexed_version <> d.version ORDER BY d.updated_at LIMIT ?1").Bind(limit).All(Current);

    public static IReadOnlyList<TagCount> ListTags(Connection db, string org) =>
        db.Query("SELECT tag, count(*) FROM document_tags WHERE org = ?1 GROUP BY tag ORDER BY tag").Bind(org).All(row => new TagCount(row.Text(), row.Long()));

    // The database has no figures of its own, and would begin with whichever is named first.
    static string Rarest(Connection db, string org, IReadOnlyList<string> tags) =>
        tags.Count == 1 ? tags[0] : tags.MinBy(tag => CountOf(db, org, tag))!;

    static long CountOf(Connection db, string org, string tag)
    {
        using var row = db.Query("SELECT count(*) FROM (SELECT 1 FROM document_tags WHERE org = ?1 AND tag = ?2 LIMIT ?3)").Bind(org).Bind(tag).Bind(MostCounted);
        row.Read();
        return row.Long();
    }

    static Document Current(Statement row) => new(
        row.Text(), row.Text(), row.Text(), row.Text(), JsonArray.Read(row.Text()), MetadataJson.Read(row.Text()), row.Instant(), row.Instant(), row.Int(),
        row.TextOrNull() is { } contentId ? new StoredContent(contentId, row.Long(), row.Text(), row.Bool()) : null);
}
