using AgentOrchestrator.Coordinator.Documents;

namespace AgentOrchestrator.Sqlite.Documents;

sealed class SqlitePassageStore(SqliteDatabase database) : IPassageStore
{
    public Task<IReadOnlyList<Document>> ListUnindexedAsync(int limit, CancellationToken cancel) =>
        database.ReadAsync(db => DocumentRows.ListUnindexed(db, limit), cancel);

    public Task IndexAsync(Document seen, IReadOnlyList<NewPassage> passages, string? failure, CancellationToken cancel) => database.WriteAsync(
        transaction =>
        {
            var db = transaction.Db;
            var changed = db.Query("UPDATE documents SET indexed_version = version, index_failure = ?4 WHERE org = ?1 AND document_id = ?2 AND version = ?3")
                .Bind(seen.Org).Bind(seen.DocumentId).Bind(seen.Version).Bind(failure).Run();
            if (changed == 0) { return 0; }

            var place = DocumentRows.FindPlace(db, seen.Org, seen.DocumentId)!.Value;
            db.Query("DELETE FROM document_passages WHERE document = ?1").Bind(place).Run();
            foreach (var passage in passages) { Insert(db, seen.Org, place, passage); }
            return passages.Count;
        },
        cancel);

    public Task<IReadOnlyList<FoundPassage>> FindAsync(string org, IReadOnlyList<string> words, int limit, CancellationToken cancel) =>
        database.ReadAsync<IReadOnlyList<FoundPassage>>(
            db => db.Query("""
                SELECT d.document_id, d.filename, p.char_offset, p.char_length, p.text
                FROM passage_words w JOIN document_passages p ON p.place = w.rowid JOIN documents d ON d.place = p.document
                WHERE w.passage_words MATCH ?1 AND d.org = ?2 ORDER BY bm25(w.passage_words), p.place LIMIT ?3
                """)
                .Bind(string.Join(" OR ", words.Select(word => $"\"{word}\""))).Bind(org).Bind(limit)
                .All(row => new FoundPassage(row.Text(), row.Text(), new Passage(row.Long(), row.Int(), row.Text()))),
            cancel);

    public Task<IndexState> ReadStateAsync(string org, CancellationToken cancel) => database.ReadAsync(
        db => db.Query("""
            SELECT (SELECT count(*) FROM documents WHERE org = ?1 AND indexed_version <> version),
                (SELECT count(*) FROM documents WHERE org = ?1 AND index_failure IS NOT NULL), (SELECT count(*) FROM document_passages WHERE org = ?1)
            """)
            .Bind(org).First(row => new IndexState(row.Long(), row.Long(), row.Long()))!,
        cancel);

    // Words have letters and digits alone, or one symbol.
    static void Insert(Connection db, string org, long place, NewPassage passage)
    {
        db.Query("INSERT INTO document_passages (org, document, char_offset, char_length, text) VALUES (?1, ?2, ?3, ?4, ?5)")
            .Bind(org).Bind(place).Bind(passage.Passage.Offset).Bind(passage.Passage.Length).Bind(passage.Passage.Text).Run();
        db.Query("INSERT INTO passage_words (rowid, document, words) VALUES (?1, ?2, ?3)").Bind(db.LastRowId).Bind(place).Bind(string.Join(' ', passage.Words)).Run();
    }
}
