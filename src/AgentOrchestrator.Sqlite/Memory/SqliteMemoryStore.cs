using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Memory;

namespace AgentOrchestrator.Sqlite.Memory;

sealed class SqliteMemoryStore(SqliteDatabase database) : IMemoryStore
{
    public Task<StoredMemory> AddAsync(NewMemory memory, int most, CancellationToken cancel) =>
        database.AddAsync(
            transaction =>
            {
                if (MemoryRows.Find(transaction.Db, memory.Org, memory.MemoryId) is { } known) { return known; }

                var scope = memory.Scope.KeyIn(memory.Org);
                return MemoryRows.Count(transaction.Db, [scope], most) < most
                    ? MemoryRows.Insert(transaction, memory, scope)
                    : throw MemoryErrors.ScopeFull(most);
            },
            cancel);

    public Task<StoredMemory?> FindAsync(string org, string memoryId, CancellationToken cancel) =>
        database.ReadAsync(db => MemoryRows.Find(db, org, memoryId), cancel);

    public Task<StoredMemory?> UpdateAsync(
        string org, string memoryId, string text, IReadOnlyList<string> words, IReadOnlyDictionary<string, string>? metadata, CancellationToken cancel) =>
        database.AddAsync(
            transaction =>
            {
                var changed = transaction.Db.Query("""
                    UPDATE memories SET text = ?3, metadata = COALESCE(?4, metadata), updated_at = ?5, vector_model = NULL, vector = NULL
                    WHERE org = ?1 AND memory_id = ?2
                    """)
                    .Bind(org).Bind(memoryId).Bind(text).Bind(metadata is null ? null : MetadataJson.Of(metadata)).Bind(transaction.Now).Run();
                if (changed == 0) { return null; }

                transaction.Db.Query("""
                    UPDATE memory_words SET words = ?3 WHERE rowid = (SELECT place FROM memories WHERE org = ?1 AND memory_id = ?2)
                    """)
                    .Bind(org).Bind(memoryId).Bind(string.Join(' ', words)).Run();
                return MemoryRows.Find(transaction.Db, org, memoryId);
            },
            cancel);

    public Task<bool> DeleteAsync(string org, string memoryId, CancellationToken cancel) =>
        database.WriteAsync(
            transaction => transaction.Db.Query("DELETE FROM memories WHERE org = ?1 AND memory_id = ?2").Bind(org).Bind(memoryId).Run() == 1, cancel);

    public Task<int> ClearAsync(string org, MemoryFilter filter, int limit, CancellationToken cancel) =>
        database.WriteAsync(transaction => MemoryRows.Clear(transaction.Db, org, filter, limit), cancel);

    public Task<int> ForgetAsync(TimeSpan age, int limit, CancellationToken cancel) =>
        database.WriteAsync(
            transaction => transaction.Db.Query("""
                DELETE FROM memories WHERE place IN (SELECT place FROM memories WHERE updated_at < ?1 ORDER BY updated_at LIMIT ?2)
                """)
                .Bind(transaction.Now - age).Bind(limit).Run(),
            cancel);

    public Task<IReadOnlyList<StoredMemory>> ListAsync(string org, MemoryFilter filter, PageKey? after, int limit, CancellationToken cancel) =>
        database.ReadAsync(db => MemoryRows.List(db, org, filter, after, limit), cancel);

    public Task<int> CountAsync(IReadOnlyList<string> scopes, int most, CancellationToken cancel) =>
        database.ReadAsync(db => MemoryRows.Count(db, scopes, most), cancel);

    public Task<IReadOnlyList<StoredMemory>> FindByWordsAsync(
        MemoryField field, IReadOnlyList<string> words, int limit, CancellationToken cancel) =>
        database.ReadAsync(db => MemorySearches.ByWords(db, field, words, limit), cancel);

    public Task<IReadOnlyList<NearMemory>> FindByVectorAsync(
        MemoryField field, string model, byte[] vector, int scan, int limit, CancellationToken cancel) =>
        database.ReadAsync(db => MemorySearches.ByVector(db, field, model, new Nearest(vector, limit), scan), cancel);

    public Task<IReadOnlyList<StoredMemory>> ListWithoutVectorAsync(int limit, CancellationToken cancel) =>
        database.ReadAsync(
            db => (IReadOnlyList<StoredMemory>)db.Query($"SELECT {MemoryRows.Columns} FROM memories m WHERE m.vector_model IS NULL ORDER BY m.place LIMIT ?1")
                .Bind(limit).All(MemoryRows.Current),
            cancel);

    public async Task SetVectorAsync(StoredMemory seen, string model, byte[] vector, CancellationToken cancel) =>
        await database.WriteAsync(
            transaction => transaction.Db.Query("""
                UPDATE memories SET vector_model = ?4, vector = ?5 WHERE org = ?1 AND memory_id = ?2 AND updated_at = ?3 AND text = ?6
                """)
                .Bind(seen.Org).Bind(seen.MemoryId).Bind(seen.UpdatedAt).Bind(model).Bind(vector).Bind(seen.Text).Run(),
            cancel).ConfigureAwait(false);

    public Task<int> DropVectorsAsync(string exceptModel, int limit, CancellationToken cancel) =>
        database.WriteAsync(
            transaction => transaction.Db.Query("""
                UPDATE memories SET vector_model = NULL, vector = NULL
                WHERE place IN (SELECT place FROM memories WHERE vector_model <> ?1 LIMIT ?2)
                """)
                .Bind(exceptModel).Bind(limit).Run(),
            cancel);
}
