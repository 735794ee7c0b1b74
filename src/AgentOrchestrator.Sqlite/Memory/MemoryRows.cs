using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Memory;

namespace AgentOrchestrator.Sqlite.Memory;

/// <summary>Rows of memories.</summary>
static class MemoryRows
{
    public const string Columns =
        "m.org, m.memory_id, m.agent_id, m.user_id, m.session_id, m.collection, m.text, m.metadata, m.created_at, m.updated_at";

    // By the member that leaves the fewest rows and has an index; the others are looked at row by row.
    static readonly string[] s_narrowed = ["m.session_id = ?4 AND ", "m.user_id = ?3 AND ", "m.agent_id = ?2 AND ", ""];

    static readonly string[] s_fitting =
    [
        .. s_narrowed.Select(narrowed => $"""
            m.org = ?1 AND {narrowed}(?2 IS NULL OR m.agent_id = ?2) AND (?3 IS NULL OR m.user_id = ?3)
            AND (?4 IS NULL OR m.session_id = ?4) AND (?5 IS NULL OR m.collection = ?5)
            """),
    ];

    static readonly string[] s_lists =
    [
        .. s_fitting.Select(fitting => $"""
            SELECT {Columns} FROM memories m WHERE {fitting} AND (m.created_at, m.memory_id) < (?6, ?7)
            ORDER BY m.created_at DESC, m.memory_id DESC LIMIT ?8
            """),
    ];

    static readonly string[] s_clears =
    [
        .. s_fitting.Select(fitting => $"DELETE FROM memories WHERE place IN (SELECT m.place FROM memories m WHERE {fitting} LIMIT ?6)"),
    ];

    public static StoredMemory? Find(Connection db, string org, string memoryId) =>
        db.Query($"SELECT {Columns} FROM memories m WHERE m.org = ?1 AND m.memory_id = ?2").Bind(org).Bind(memoryId).First(Current);

    public static int Count(Connection db, IReadOnlyList<string> scopes, int most)
    {
        using var row = db.Query("SELECT count(*) FROM (SELECT 1 FROM memories WHERE scope IN (SELECT value FROM json_each(?1)) LIMIT ?2)")
            .Bind(JsonArray.Of(scopes)).Bind(most);
        row.Read();
        return row.Int();
    }

    public static StoredMemory Insert(WriteTransaction transaction, NewMemory memory, string scope)
    {
        transaction.Db.Query("""
            INSERT INTO memories (org, memory_id, scope, agent_id, user_id, session_id, collection, text, metadata, created_at, updated_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)
            """)
            .Bind(memory.Org).Bind(memory.MemoryId).Bind(scope)
            .Bind(memory.Scope.AgentId).Bind(memory.Scope.UserId).Bind(memory.Scope.SessionId)
            .Bind(memory.Collection).Bind(memory.Text).Bind(MetadataJson.Of(memory.Metadata)).Bind(transaction.Now).Run();
        transaction.Db.Query("INSERT INTO memory_words (rowid, scope, words) VALUES (?1, ?2, ?3)")
            .Bind(transaction.Db.LastRowId).Bind(scope).Bind(string.Join(' ', memory.Words)).Run();
        return Find(transaction.Db, memory.Org, memory.MemoryId)!;
    }

    public static IReadOnlyList<StoredMemory> List(Connection db, string org, MemoryFilter filter, PageKey? after, int limit)
    {
        var query = Bind(db.Query(s_lists[Narrowest(filter)]), org, filter);
        query = after is { } key ? query.Bind(key.CreatedAt).Bind(key.Id) : query.Bind(long.MaxValue).Bind("");
        return query.Bind(limit).All(Current);
    }

    public static int Clear(Connection db, string org, MemoryFilter filter, int limit) =>
        Bind(db.Query(s_clears[Narrowest(filter)]), org, filter).Bind(limit).Run();

    public static StoredMemory Current(Statement row) => new(
        row.Text(), row.Text(), new MemoryScope(row.TextOrNull(), row.TextOrNull(), row.TextOrNull()), row.Text(), row.Text(),
        MetadataJson.Read(row.Text()), row.Instant(), row.Instant());

    static int Narrowest(MemoryFilter filter) =>
        filter.SessionId is not null ? 0 : filter.UserId is not null ? 1 : filter.AgentId is not null ? 2 : 3;

    static Statement Bind(Statement query, string org, MemoryFilter filter) =>
        query.Bind(org).Bind(filter.AgentId).Bind(filter.UserId).Bind(filter.SessionId).Bind(filter.Collection);
}
