using AgentOrchestrator.Coordinator.Memory;

namespace AgentOrchestrator.Sqlite.Memory;

/// <summary>Finds memories by their words and by their vectors.</summary>
static class MemorySearches
{
    const string Fitting = """
        (?2 IS NULL OR m.collection = ?2) AND NOT EXISTS (
            SELECT 1 FROM json_each(?3) asked WHERE NOT EXISTS (
                SELECT 1 FROM json_each(m.metadata) had WHERE had.key = asked.key AND had.value = asked.value))
        """;

    public static IReadOnlyList<StoredMemory> ByWords(Connection db, MemoryField field, IReadOnlyList<string> words, int limit) =>
        db.Query($"""
            SELECT {MemoryRows.Columns} FROM memory_words w JOIN memories m ON m.place = w.rowid
            WHERE w.memory_words MATCH ?1 AND {Fitting}
            ORDER BY bm25(w.memory_words, 0.0, 1.0), m.created_at DESC, m.memory_id LIMIT ?4
            """)
            .Bind($"(scope : ({AnyOf(field.Scopes)})) AND (words : ({AnyOf(words)}))").Bind(field.Collection).Bind(MetadataJson.Of(field.Metadata))
            .Bind(limit).All(MemoryRows.Current);

    public static IReadOnlyList<NearMemory> ByVector(Connection db, MemoryField field, string model, Nearest nearest, int scan)
    {
        // The newest by their keys first, so that no vector is sorted.
        using (var rows = db.Query($"""
            SELECT m.place, m.vector FROM (
                SELECT m.place AS newest FROM memories m
                WHERE m.scope IN (SELECT value FROM json_each(?1)) AND {Fitting} AND m.vector_model = ?4
                ORDER BY m.created_at DESC, m.memory_id DESC LIMIT ?5) JOIN memories m ON m.place = newest
            """).Bind(JsonArray.Of(field.Scopes)).Bind(field.Collection).Bind(MetadataJson.Of(field.Metadata)).Bind(model).Bind(scan))
        {
            while (rows.Read()) { nearest.Look(rows.Long(), rows.BytesInPlace()); }
        }

        return [.. nearest.Found.Select(found => new NearMemory(
            db.Query($"SELECT {MemoryRows.Columns} FROM memories m WHERE m.place = ?1").Bind(found.Place).First(MemoryRows.Current)!, found.Distance))];
    }

    // Words have letters and digits alone, or one symbol.
    static string AnyOf(IEnumerable<string> words) => string.Join(" OR ", words.Select(word => $"\"{word}\""));
}
