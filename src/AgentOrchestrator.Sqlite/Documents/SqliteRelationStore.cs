using AgentOrchestrator.Coordinator.Documents;

namespace AgentOrchestrator.Sqlite.Documents;

sealed class SqliteRelationStore(SqliteDatabase database) : IRelationStore
{
    const string Columns = "r.relation, d.document_id, o.document_id, r.relation_type, r.note, r.created_at, r.updated_at";
    const string From = "document_relations r JOIN documents d ON d.place = r.document JOIN documents o ON o.place = r.related";

    public Task<(Relation From, Relation To)> RelateAsync(NewRelation relation, CancellationToken cancel) => database.AddAsync(
        transaction =>
        {
            var (from, to) = (RequirePlace(transaction.Db, relation.Org, relation.FromId), RequirePlace(transaction.Db, relation.Org, relation.ToId));
            if (IsRelated(transaction.Db, from, to, relation.Definition.ToIs)) { throw DocumentErrors.AlreadyRelated(); }
            if (relation.Definition.IsOrdered && Leads(transaction.Db, to, from, relation.Definition.ToIs)) { throw DocumentErrors.Cycle(relation.Definition); }

            return (
                Insert(transaction, relation.Org, from, to, relation.Definition.ToIs, relation.FromNote),
                Insert(transaction, relation.Org, to, from, relation.Definition.FromIs, relation.ToNote));
        },
        cancel);

    public Task<Relation?> NoteAsync(string org, long relationId, string? note, CancellationToken cancel) => database.AddAsync(
        transaction =>
        {
            transaction.Db.Query("UPDATE document_relations SET note = ?3, updated_at = ?4 WHERE org = ?1 AND relation = ?2")
                .Bind(org).Bind(relationId).Bind(note).Bind(transaction.Now).Run();
            return Find(transaction.Db, org, relationId);
        },
        cancel);

    public Task<IReadOnlyList<long>> UnrelateAsync(string org, long relationId, CancellationToken cancel) =>
        database.WriteAsync<IReadOnlyList<long>>(
            transaction => Find(transaction.Db, org, relationId) is { } relation
                ? transaction.Db.Query("""
                    DELETE FROM document_relations WHERE relation = ?1 OR relation IN (
                        SELECT back.relation FROM document_relations one
                            JOIN document_relations back ON back.document = one.related AND back.related = one.document
                        WHERE one.relation = ?1 AND back.relation_type = ?2)
                    RETURNING relation
                    """)
                    .Bind(relationId).Bind(RelationDefinition.OppositeOf(relation.Type)).All(row => row.Long()).Order().ToList()
                : [],
            cancel);

    public Task<IReadOnlyList<Relation>> ListAsync(string org, IReadOnlyList<string> documentIds, CancellationToken cancel) =>
        database.ReadAsync<IReadOnlyList<Relation>>(
            db => db.Query($"SELECT {Columns} FROM {From} WHERE d.org = ?1 AND d.document_id IN (SELECT value FROM json_each(?2)) ORDER BY r.relation")
                .Bind(org).Bind(JsonArray.Of(documentIds)).All(Current),
            cancel);

    static long RequirePlace(Connection db, string org, string documentId) =>
        DocumentRows.FindPlace(db, org, documentId) ?? throw DocumentErrors.NotFound(documentId);

    static bool IsRelated(Connection db, long document, long related, string type)
    {
        using var row = db.Query("SELECT 1 FROM document_relations WHERE document = ?1 AND related = ?2 AND relation_type = ?3").Bind(document).Bind(related).Bind(type);
        return row.Read();
    }

    static bool Leads(Connection db, long from, long to, string type)
    {
        using var row = db.Query("""
            WITH RECURSIVE way (place) AS (
                SELECT ?1 UNION SELECT r.related FROM document_relations r JOIN way ON r.document = way.place WHERE r.relation_type = ?3)
            SELECT 1 FROM way WHERE place = ?2
            """)
            .Bind(from).Bind(to).Bind(type);
        return row.Read();
    }

    static Relation Insert(WriteTransaction transaction, string org, long document, long related, string type, string? note)
    {
        transaction.Db.Query("""
            INSERT INTO document_relations (org, document, related, relation_type, note, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
            """)
            .Bind(org).Bind(document).Bind(related).Bind(type).Bind(note).Bind(transaction.Now).Run();
        return Find(transaction.Db, org, transaction.Db.LastRowId)!;
    }

    static Relation? Find(Connection db, string org, long relationId) =>
        db.Query($"SELECT {Columns} FROM {From} WHERE r.org = ?1 AND r.relation = ?2").Bind(org).Bind(relationId).First(Current);

    static Relation Current(Statement row) => new(row.Long(), row.Text(), row.Text(), row.Text(), row.TextOrNull(), row.Instant(), row.Instant());
}
