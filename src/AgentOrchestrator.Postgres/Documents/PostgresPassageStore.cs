using AgentOrchestrator.Coordinator.Documents;
using Npgsql;

namespace AgentOrchestrator.Postgres.Documents;

sealed class PostgresPassageStore(PostgresDatabase database) : IPassageStore
{
    public async Task<IReadOnlyList<Document>> ListUnindexedAsync(int limit, CancellationToken cancel) => await database.ReadAsync(
        reads => reads.AllAsync(DocumentRows.ListUnindexed(limit), DocumentRows.Read), cancel).ConfigureAwait(false);

    public Task IndexAsync(Document seen, IReadOnlyList<NewPassage> passages, string? failure, CancellationToken cancel) => database.WriteAsync(
        async tx =>
        {
            var place = await tx.FirstAsync(
                new Statement(
                    """
                    UPDATE documents SET indexed_version = version, index_failure = @failure
                    WHERE org = @org AND document_id = @id AND version = @version RETURNING place
                    """)
                    .Text("org", seen.Org).Text("id", seen.DocumentId).Number("version", seen.Version).Text("failure", failure),
                row => (long?)row.GetInt64(0)).ConfigureAwait(false);
            if (place is not { } document) { return 0; }

            await tx.ExecuteAsync(new Statement("DELETE FROM document_passages WHERE document = @place").Number("place", document)).ConfigureAwait(false);
            foreach (var some in passages.Chunk(100)) { await tx.ExecuteAsync([.. some.Select(passage => Insert(seen.Org, document, passage))]).ConfigureAwait(false); }
            return passages.Count;
        },
        cancel);

    public async Task<IReadOnlyList<FoundPassage>> FindAsync(string org, IReadOnlyList<string> words, int limit, CancellationToken cancel) => await database.ReadAsync(
        reads => reads.AllAsync(
            new Statement(
                """
                SELECT d.document_id, d.filename, p.char_offset, p.char_length, p.text FROM document_passages p JOIN documents d ON d.place = p.document
                WHERE p.org = @org AND p.words @@ @any::tsquery ORDER BY ts_rank(p.words, @any::tsquery) DESC, p.place LIMIT @limit
                """)
                .Text("org", org).Text("any", string.Join(" | ", words.Select(word => $"'{word}'"))).Number("limit", limit),
            ReadFound),
        cancel).ConfigureAwait(false);

    public async Task<IndexState> ReadStateAsync(string org, CancellationToken cancel) => (await database.ReadAsync(
        reads => reads.FirstAsync(
            new Statement(
                """
                SELECT (SELECT count(*) FROM documents WHERE org = @org AND indexed_version <> version),
                    (SELECT count(*) FROM documents WHERE org = @org AND index_failure IS NOT NULL), (SELECT count(*) FROM document_passages WHERE org = @org)
                """)
                .Text("org", org),
            row => new IndexState(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2))),
        cancel).ConfigureAwait(false))!;

    static Statement Insert(string org, long place, NewPassage passage) => new Statement(
        """
        INSERT INTO document_passages (org, document, char_offset, char_length, text, words) VALUES (@org, @place, @offset, @length, @text, array_to_tsvector(@words))
        """)
        .Text("org", org).Number("place", place).Number("offset", passage.Passage.Offset).Number("length", passage.Passage.Length)
        .Text("text", passage.Passage.Text).Texts("words", passage.Words);

    static FoundPassage ReadFound(NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return new FoundPassage(row.Text(), row.Text(), new Passage(row.Number(), row.Int(), row.Text()));
    }
}
