using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Memory;

namespace AgentOrchestrator.Postgres.Memory;

sealed class PostgresMemoryStore(PostgresDatabase database) : IMemoryStore
{
    public Task<StoredMemory> AddAsync(NewMemory memory, int most, CancellationToken cancel) => database.WriteAsync(
        async tx =>
        {
            var scope = memory.Scope.KeyIn(memory.Org);
            // Between two that store in one scope, which would both see room for the last.
            await tx.ExecuteAsync(new Statement("SELECT pg_advisory_xact_lock(hashtextextended('memory/' || @scope, 0))").Text("scope", scope))
                .ConfigureAwait(false);
            if (await tx.FirstAsync(MemoryRows.Find(memory.Org, memory.MemoryId), MemoryRows.Read).ConfigureAwait(false) is { } known) { return known; }

            return await tx.FirstAsync(MemoryRows.Count([scope], most), row => row.GetInt64(0)).ConfigureAwait(false) < most
                ? await MemoryRows.InsertAsync(tx, memory, scope).ConfigureAwait(false)
                : throw MemoryErrors.ScopeFull(most);
        },
        cancel);

    public Task<StoredMemory?> FindAsync(string org, string memoryId, CancellationToken cancel) => database.ReadAsync(
        reads => reads.FirstAsync(MemoryRows.Find(org, memoryId), MemoryRows.Read)!, cancel);

    public Task<StoredMemory?> UpdateAsync(
        string org, string memoryId, string text, IReadOnlyList<string> words, IReadOnlyDictionary<string, string>? metadata, CancellationToken cancel) =>
        database.WriteAsync(
            tx => tx.FirstAsync(
                new Statement(
                    $"""
                    UPDATE memories m SET text = @text, words = array_to_tsvector(@words), metadata = COALESCE(@metadata::jsonb, m.metadata),
                        updated_at = COALESCE(@now, clock_timestamp()), vector_model = NULL, vector = NULL
                    WHERE m.org = @org AND m.memory_id = @id RETURNING {MemoryRows.Columns}
                    """)
                    .Text("org", org).Text("id", memoryId).Text("text", text).Texts("words", words)
                    .Text("metadata", metadata is null ? null : MetadataJson.Of(metadata)).Time("now", tx.NowOrNull),
                MemoryRows.Read)!,
            cancel);

    public async Task<bool> DeleteAsync(string org, string memoryId, CancellationToken cancel) => await database.WriteAsync(
        tx => tx.ExecuteAsync(new Statement("DELETE FROM memories WHERE org = @org AND memory_id = @id").Text("org", org).Text("id", memoryId)),
        cancel).ConfigureAwait(false) == 1;

    public Task<int> ClearAsync(string org, MemoryFilter filter, int limit, CancellationToken cancel) => database.WriteAsync(
        tx => tx.ExecuteAsync(MemoryRows.Fitting(
            "DELETE FROM memories WHERE place IN (SELECT m.place FROM memories m WHERE ", org, filter, " LIMIT @limit FOR UPDATE SKIP LOCKED)")
            .Number("limit", limit)),
        cancel);

    public Task<int> ForgetAsync(TimeSpan age, int limit, CancellationToken cancel) => database.WriteAsync(
        tx => tx.ExecuteAsync(new Statement(
            $"""
            DELETE FROM memories WHERE place IN (
                SELECT place FROM memories WHERE updated_at < {Statement.Clock} - @age ORDER BY updated_at LIMIT @limit FOR UPDATE SKIP LOCKED)
            """)
            .Span("age", age).Number("limit", limit).Time("now", tx.NowOrNull)),
        cancel);

    public async Task<IReadOnlyList<StoredMemory>> ListAsync(
        string org, MemoryFilter filter, PageKey? after, int limit, CancellationToken cancel) => await database.ReadAsync(
        reads => reads.AllAsync(MemoryRows.List(org, filter, after, limit), MemoryRows.Read), cancel).ConfigureAwait(false);

    public async Task<int> CountAsync(IReadOnlyList<string> scopes, int most, CancellationToken cancel) => (int)await database.ReadAsync(
        reads => reads.FirstAsync(MemoryRows.Count(scopes, most), row => row.GetInt64(0)), cancel).ConfigureAwait(false);

    public async Task<IReadOnlyList<StoredMemory>> FindByWordsAsync(
        MemoryField field, IReadOnlyList<string> words, int limit, CancellationToken cancel) => await database.ReadAsync(
        reads => reads.AllAsync(MemorySearches.ByWords(field, words, limit), MemoryRows.Read), cancel).ConfigureAwait(false);

    public Task<IReadOnlyList<NearMemory>> FindByVectorAsync(
        MemoryField field, string model, byte[] vector, int scan, int limit, CancellationToken cancel) =>
        MemorySearches.ByVectorAsync(database, field, model, new Nearest(vector, limit), scan, cancel);

    public async Task<IReadOnlyList<StoredMemory>> ListWithoutVectorAsync(int limit, CancellationToken cancel) => await database.ReadAsync(
        reads => reads.AllAsync(
            new Statement($"SELECT {MemoryRows.Columns} FROM memories m WHERE m.vector_model IS NULL ORDER BY m.place LIMIT @limit").Number("limit", limit),
            MemoryRows.Read),
        cancel).ConfigureAwait(false);

    public async Task SetVectorAsync(StoredMemory seen, string model, byte[] vector, CancellationToken cancel) => await database.WriteAsync(
        tx => tx.ExecuteAsync(new Statement(
            """
            UPDATE memories SET vector_model = @model, vector = @vector
            WHERE org = @org AND memory_id = @id AND updated_at = @seen AND text = @text
            """)
            .Text("org", seen.Org).Text("id", seen.MemoryId).Time("seen", seen.UpdatedAt).Text("text", seen.Text)
            .Text("model", model).Bytes("vector", vector)),
        cancel).ConfigureAwait(false);

    public Task<int> DropVectorsAsync(string exceptModel, int limit, CancellationToken cancel) => database.WriteAsync(
        tx => tx.ExecuteAsync(new Statement(
            """
            UPDATE memories SET vector_model = NULL, vector = NULL
            WHERE place IN (SELECT place FROM memories WHERE vector_model <> @model LIMIT @limit)
            """)
            .Text("model", exceptModel).Number("limit", limit)),
        cancel);
}
