using AgentOrchestrator.Coordinator.Documents;

namespace AgentOrchestrator.Postgres.Documents;

/// <summary>Versions of contents, and what they take of the org's quota. The document's row is held.</summary>
static class DocumentVersions
{
    /// <summary>Makes it the newest version of the document.</summary>
    public static async Task AddAsync(Tx tx, string org, long place, StoredContent content, string author, DocumentBounds bounds)
    {
        var isNew = !await tx.FirstAsync(
            new Statement("SELECT true FROM document_versions WHERE content_id = @content").Text("content", content.ContentId), row => row.GetBoolean(0)).ConfigureAwait(false);
        await tx.ExecuteAsync(
            new Statement("UPDATE documents SET version = version + 1, updated_at = COALESCE(@now, clock_timestamp()) WHERE place = @place")
                .Number("place", place).Time("now", tx.NowOrNull),
            new Statement(
                """
                INSERT INTO document_versions (document, version, content_id, size_bytes, checksum, is_text, written_at, written_by)
                SELECT place, version, @content, @size, @checksum, @text, updated_at, @author FROM documents WHERE place = @place
                """)
                .Number("place", place).Text("content", content.ContentId).Number("size", content.SizeBytes).Text("checksum", content.Checksum)
                .Flag("text", content.IsText).Text("author", author)).ConfigureAwait(false);
        var dropped = await ForgetAsync(tx, place, bounds.Versions).ConfigureAwait(false);
        var bytes = await CountAsync(tx, org, (isNew ? content.SizeBytes : 0) - dropped).ConfigureAwait(false);
        if (bytes > bounds.QuotaBytes) { throw DocumentErrors.QuotaFull(bounds.QuotaBytes); }
    }

    /// <summary>Forgets all but the newest so many, with the contents that no version names any more.</summary>
    /// <returns>The bytes of those.</returns>
    public static async Task<long> ForgetAsync(Tx tx, long place, int keep)
    {
        var old = await tx.AllAsync(
            new Statement(
                """
                DELETE FROM document_versions
                WHERE document = @place AND version <= (SELECT version FROM documents WHERE place = @place) - @keep RETURNING content_id, size_bytes
                """)
                .Number("place", place).Number("keep", keep),
            row => (Id: row.GetString(0), Bytes: row.GetInt64(1))).ConfigureAwait(false);
        if (old.Count == 0) { return 0; }

        var gone = await tx.AllAsync(
            new Statement(
                """
                DELETE FROM document_contents c WHERE c.content_id = ANY(@contents)
                    AND NOT EXISTS (SELECT 1 FROM document_versions v WHERE v.content_id = c.content_id) RETURNING c.content_id
                """)
                .Texts("contents", old.Select(content => content.Id)),
            row => row.GetString(0)).ConfigureAwait(false);
        return old.DistinctBy(content => content.Id).Where(content => gone.Contains(content.Id)).Sum(content => content.Bytes);
    }

    public static Statement List(string org, string documentId) => new Statement(
        """
        SELECT v.version, v.content_id, v.size_bytes, v.checksum, v.is_text, v.written_at, v.written_by
        FROM documents d JOIN document_versions v ON v.document = d.place WHERE d.org = @org AND d.document_id = @id ORDER BY v.version DESC
        """)
        .Text("org", org).Text("id", documentId);

    public static DocumentVersion Read(Npgsql.NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return new DocumentVersion(row.Int(), new StoredContent(row.Text(), row.Number(), row.Text(), row.Flag()), row.Time(), row.Text());
    }

    public static Statement Measure(string org) => new Statement("SELECT bytes FROM document_usage WHERE org = @org").Text("org", org);

    /// <summary>Writers of one org wait here for each other, to the end of their transactions: so nothing passes the quota.</summary>
    public static Task<long> CountAsync(Tx tx, string org, long bytes) => tx.FirstAsync(
        new Statement(
            """
            INSERT INTO document_usage AS u (org, bytes) VALUES (@org, greatest(@bytes, 0)) ON CONFLICT (org) DO UPDATE SET bytes = u.bytes + @bytes RETURNING bytes
            """)
            .Text("org", org).Number("bytes", bytes),
        row => row.GetInt64(0));
}
