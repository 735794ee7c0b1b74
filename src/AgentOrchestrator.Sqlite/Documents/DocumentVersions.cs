using AgentOrchestrator.Coordinator.Documents;

namespace AgentOrchestrator.Sqlite.Documents;

/// <summary>Versions of contents, and what they take of the org's quota.</summary>
static class DocumentVersions
{
    /// <summary>Makes it the newest version of the document.</summary>
    /// <returns>Contents that no version names any more.</returns>
    public static IReadOnlyList<string> Add(WriteTransaction transaction, string org, long place, StoredContent content, string author, DocumentBounds bounds)
    {
        var isNew = !DocumentRows.IsNamed(transaction.Db, content.ContentId);
        var db = transaction.Db;
        db.Query("UPDATE documents SET version = version + 1, updated_at = ?2 WHERE place = ?1").Bind(place).Bind(transaction.Now).Run();
        db.Query("""
            INSERT INTO document_versions (document, version, content_id, size_bytes, checksum, is_text, written_at, written_by)
            SELECT place, version, ?2, ?3, ?4, ?5, ?6, ?7 FROM documents WHERE place = ?1
            """)
            .Bind(place).Bind(content.ContentId).Bind(content.SizeBytes).Bind(content.Checksum).Bind(content.IsText).Bind(transaction.Now).Bind(author).Run();
        if (isNew) { Count(db, org, content.SizeBytes); }

        var dropped = Forget(db, org, place, bounds.Versions);
        return Measure(db, org) <= bounds.QuotaBytes ? dropped : throw DocumentErrors.QuotaFull(bounds.QuotaBytes);
    }

    /// <summary>Forgets all but the newest so many.</summary>
    /// <returns>Contents that no version names any more.</returns>
    public static IReadOnlyList<string> Forget(Connection db, string org, long place, int keep)
    {
        var old = db.Query("""
            DELETE FROM document_versions
            WHERE document = ?1 AND version <= (SELECT version FROM documents WHERE place = ?1) - ?2 RETURNING content_id, size_bytes
            """)
            .Bind(place).Bind(keep).All(row => (ContentId: row.Text(), SizeBytes: row.Long()));
        var dropped = old.Where(content => !DocumentRows.IsNamed(db, content.ContentId)).DistinctBy(content => content.ContentId).ToList();
        Count(db, org, -dropped.Sum(content => content.SizeBytes));
        return [.. dropped.Select(content => content.ContentId)];
    }

    public static IReadOnlyList<DocumentVersion> List(Connection db, string org, string documentId) =>
        db.Query("""
            SELECT v.version, v.content_id, v.size_bytes, v.checksum, v.is_text, v.written_at, v.written_by
            FROM documents d JOIN document_versions v ON v.document = d.place WHERE d.org = ?1 AND d.document_id = ?2 ORDER BY v.version DESC
            """)
            .Bind(org).Bind(documentId)
            .All(row => new DocumentVersion(row.Int(), new StoredContent(row.Text(), row.Long(), row.Text(), row.Bool()), row.Instant(), row.Text()));

    public static long Measure(Connection db, string org)
    {
        using var row = db.Query("SELECT bytes FROM document_usage WHERE org = ?1").Bind(org);
        return row.Read() ? row.Long() : 0;
    }

    static void Count(Connection db, string org, long bytes) =>
        db.Query("INSERT INTO document_usage (org, bytes) VALUES (?1, max(?2, 0)) ON CONFLICT (org) DO UPDATE SET bytes = bytes + ?2").Bind(org).Bind(bytes).Run();
}
