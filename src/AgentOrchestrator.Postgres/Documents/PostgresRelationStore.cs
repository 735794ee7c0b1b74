using AgentOrchestrator.Coordinator.Documents;
using Npgsql;

namespace AgentOrchestrator.Postgres.Documents;

sealed class PostgresRelationStore(PostgresDatabase database) : IRelationStore
{
    const string Columns = "r.relation, d.document_id, o.document_id, r.relation_type, r.note, r.created_at, r.updated_at";
    const string From = "document_relations r JOIN documents d ON d.place = r.document JOIN documents o ON o.place = r.related";

    public Task<(Relation From, Relation To)> RelateAsync(NewRelation relation, CancellationToken cancel) => database.WriteAsync(
        async tx =>
        {
            await HoldAsync(tx, relation.Org).ConfigureAwait(false);
            var from = await RequirePlaceAsync(tx, relation.Org, relation.FromId).ConfigureAwait(false);
            var to = await RequirePlaceAsync(tx, relation.Org, relation.ToId).ConfigureAwait(false);
            if (await IsRelatedAsync(tx, from, to, relation.Definition.ToIs).ConfigureAwait(false)) { throw DocumentErrors.AlreadyRelated(); }
            if (relation.Definition.IsOrdered && await LeadsAsync(tx, to, from, relation.Definition.ToIs).ConfigureAwait(false))
            {
                throw DocumentErrors.Cycle(relation.Definition);
            }

            return (
                await InsertAsync(tx, relation.Org, from, to, relation.Definition.ToIs, relation.FromNote).ConfigureAwait(false),
                await InsertAsync(tx, relation.Org, to, from, relation.Definition.FromIs, relation.ToNote).ConfigureAwait(false));
        },
        cancel);

    public Task<Relation?> NoteAsync(string org, long relationId, string? note, CancellationToken cancel) => database.WriteAsync(
        async tx =>
        {
            await tx.ExecuteAsync(
                new Statement("UPDATE document_relations SET note = @note, updated_at = COALESCE(@now, clock_timestamp()) WHERE org = @org AND relation = @id")
                    .Text("org", org).Number("id", relationId).Text("note", note).Time("now", tx.NowOrNull)).ConfigureAwait(false);
            return await FindAsync(tx, org, relationId).ConfigureAwait(false);
        },
        cancel);

    public Task<IReadOnlyList<long>> UnrelateAsync(string org, long relationId, CancellationToken cancel) => database.WriteAsync<IReadOnlyList<long>>(
        async tx =>
        {
            if (await FindAsync(tx, org, relationId).ConfigureAwait(false) is not { } relation) { return []; }

            var gone = await tx.AllAsync(
                new Statement(
                    """
                    DELETE FROM document_relations WHERE relation = @id OR relation IN (
                        SELECT back.relation FROM document_relations one
                            JOIN document_relations back ON back.document = one.related AND back.related = one.document
                        WHERE one.relation = @id AND back.relation_type = @type)
                    RETURNING relation
                    """)
                    .Number("id", relationId).Text("type", RelationDefinition.OppositeOf(relation.Type)),
                row => row.GetInt64(0)).ConfigureAwait(false);
            return [.. gone.Order()];
        },
        cancel);

    public async Task<IReadOnlyList<Relation>> ListAsync(string org, IReadOnlyList<string> documentIds, CancellationToken cancel) => await database.ReadAsync(
        reads => reads.AllAsync(
            new Statement($"SELECT {Columns} FROM {From} WHERE d.org = @org AND d.document_id = ANY(@ids) ORDER BY r.relation").Text("org", org).Texts("ids", documentIds),
            Read),
        cancel).ConfigureAwait(false);

    /// <summary>Between two that would make a circle together, or relate to what is being deleted.</summary>
    public static Task HoldAsync(Tx tx, string org) => tx.ExecuteAsync(
        new Statement("SELECT pg_advisory_xact_lock(hashtextextended('documents/' || @org, 0))").Text("org", org));

    static async Task<long> RequirePlaceAsync(Tx tx, string org, string documentId) =>
        await tx.FirstAsync(
            new Statement("SELECT place FROM documents WHERE org = @org AND document_id = @id").Text("org", org).Text("id", documentId),
            row => (long?)row.GetInt64(0)).ConfigureAwait(false) ?? throw DocumentErrors.NotFound(documentId);

    static Task<bool> IsRelatedAsync(Tx tx, long document, long related, string type) => tx.FirstAsync(
        new Statement("SELECT true FROM document_relations WHERE document = @document AND related = @related AND relation_type = @type")
            .Number("document", document).Number("related", related).Text("type", type),
        row => row.GetBoolean(0));

    static Task<bool> LeadsAsync(Tx tx, long from, long to, string type) => tx.FirstAsync(
        new Statement(
            """
            WITH RECURSIVE way (place) AS (
                SELECT @from::bigint UNION SELECT r.related FROM document_relations r JOIN way ON r.document = way.place WHERE r.relation_type = @type)
            SELECT true FROM way WHERE place = @to
            """)
            .Number("from", from).Number("to", to).Text("type", type),
        row => row.GetBoolean(0));

    static async Task<Relation> InsertAsync(Tx tx, string org, long document, long related, string type, string? note)
    {
        var relation = await tx.FirstAsync(
            new Statement(
                """
                INSERT INTO document_relations (org, document, related, relation_type, note, created_at, updated_at)
                VALUES (@org, @document, @related, @type, @note, @now, @now) RETURNING relation
                """)
                .Text("org", org).Number("document", document).Number("related", related).Text("type", type).Text("note", note).Time("now", tx.Now),
            row => row.GetInt64(0)).ConfigureAwait(false);
        return (await FindAsync(tx, org, relation).ConfigureAwait(false))!;
    }

    static Task<Relation?> FindAsync(Tx tx, string org, long relationId) => tx.FirstAsync(
        new Statement($"SELECT {Columns} FROM {From} WHERE r.org = @org AND r.relation = @id").Text("org", org).Number("id", relationId), Read)!;

    static Relation Read(NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return new Relation(row.Number(), row.Text(), row.Text(), row.Text(), row.TextOrNull(), row.Time(), row.Time());
    }
}
