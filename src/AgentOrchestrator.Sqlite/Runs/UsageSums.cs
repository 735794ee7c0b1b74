using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;

namespace AgentOrchestrator.Sqlite.Runs;

static class UsageSums
{
    // Cost in billionths, since floating point does not add up.
    const string Sums = """
        SELECT count(DISTINCT t.session_id), count(r.run_id), count(r.usage),
            count(CASE WHEN json_extract(r.usage, '$.cost_usd') IS NULL AND r.usage IS NOT NULL THEN 1 END),
            coalesce(sum(json_extract(r.usage, '$.input_tokens')), 0), coalesce(sum(json_extract(r.usage, '$.cached_input_tokens')), 0),
            coalesce(sum(json_extract(r.usage, '$.cache_write_tokens')), 0), coalesce(sum(json_extract(r.usage, '$.output_tokens')), 0),
            coalesce(sum(json_extract(r.usage, '$.duration_ms')), 0),
            sum(CAST(round(json_extract(r.usage, '$.cost_usd') * 1000000000) AS INTEGER))
        FROM tree t JOIN sessions o ON o.org = ?1 AND o.session_id = t.session_id LEFT JOIN runs r ON r.session_place = o.place
        """;

    public static SessionUsage Sum(Connection db, string org, string sessionId) => new(
        db.Query($"WITH tree (session_id) AS (SELECT ?2) {Sums}").Bind(org).Bind(sessionId).First(Read)!,
        db.Query($"""
            WITH RECURSIVE tree (session_id, generation) AS (
                SELECT ?2, 1
                UNION
                SELECT s.session_id, t.generation + 1
                FROM tree t JOIN sessions s ON s.org = ?1 AND s.parent_session_id = t.session_id WHERE t.generation < ?3)
            {Sums}
            """).Bind(org).Bind(sessionId).Bind(SessionTree.MaxGenerations).First(Read)!);

    static UsageTotals Read(Statement row) => new(
        row.Long(), row.Long(), row.Long(), row.Long(), row.Long(), row.Long(), row.Long(), row.Long(), row.Long(),
        row.LongOrNull() is { } billionths ? billionths / 1_000_000_000m : null);
}
