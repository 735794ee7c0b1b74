using AgentOrchestrator.Coordinator.Memory;

namespace AgentOrchestrator.Postgres.Memory;

/// <summary>Finds memories by their words and by their vectors.</summary>
static class MemorySearches
{
    const string Fitting = "m.scope = ANY(@scopes) AND (@collection::text IS NULL OR m.collection = @collection) AND m.metadata @> @asked::jsonb";

    public static Statement ByWords(MemoryField field, IReadOnlyList<string> words, int limit) => In(
        field,
        $"""
        SELECT {MemoryRows.Columns} FROM memories m WHERE {Fitting} AND m.words @@ @any::tsquery
        ORDER BY ts_rank(m.words, @any::tsquery) DESC, m.created_at DESC, m.memory_id LIMIT @limit
        """)
        .Text("any", AnyOf(words)).Number("limit", limit);

    public static async Task<IReadOnlyList<NearMemory>> ByVectorAsync(
        PostgresDatabase database, MemoryField field, string model, Nearest nearest, int scan, CancellationToken cancel)
    {
        // The newest by their keys first, so that no vector is sorted.
        var newest = In(
            field,
            $"""
            SELECT m.place, m.vector FROM (
                SELECT m.place FROM memories m WHERE {Fitting} AND m.vector_model = @model
                ORDER BY m.created_at DESC, m.memory_id DESC LIMIT @scan) newest JOIN memories m ON m.place = newest.place
            """)
            .Text("model", model).Number("scan", scan);
        await foreach (var (place, vector) in database.StreamAsync(newest, ReadVector, cancel).ConfigureAwait(false)) { nearest.Look(place, vector); }

        var found = nearest.Found;
        var memories = await database.ReadAsync(
            reads => reads.AllAsync(
                new Statement($"SELECT {MemoryRows.Columns}, m.place FROM memories m WHERE m.place = ANY(@places)").Numbers("places", found.Select(one => one.Place)),
                reader => (Memory: MemoryRows.Read(reader), Place: reader.GetInt64(reader.FieldCount - 1))),
            cancel).ConfigureAwait(false);
        // One that went meanwhile is left out.
        return [.. found.Join(memories, one => one.Place, one => one.Place, (one, memory) => new NearMemory(memory.Memory, one.Distance))];
    }

    static (long Place, byte[] Vector) ReadVector(Npgsql.NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return (row.Number(), row.Bytes());
    }

    static Statement In(MemoryField field, string sql) => new Statement(sql)
        .Texts("scopes", field.Scopes).Text("collection", field.Collection).Text("asked", MetadataJson.Of(field.Metadata));

    // Words have letters and digits alone, or one symbol.
    static string AnyOf(IEnumerable<string> words) => string.Join(" | ", words.Select(word => $"'{word}'"));
}
