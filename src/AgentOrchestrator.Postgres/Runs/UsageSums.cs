using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using Npgsql;

namespace AgentOrchestrator.Postgres.Runs;

static class UsageSums
{
    // Cost in billionths, as on SQLite.
    const string Sums = """
        SELECT count(DISTINCT t.session_id), count(r.run_id), count(r.usage),
            count(*) FILTER (WHERE r.usage IS NOT NULL AND r.usage::json ->> 'cost_usd' IS NULL),
            coalesce(sum((r.usage::json ->> 'input_tokens')::numeric), 0)::bigint, coalesce(sum((r.usage::json ->> 'cached_input_tokens')::numeric), 0)::bigint,
            coalesce(sum((r.usage::json ->> 'cache_write_tokens')::numeric), 0)::bigint, coalesce(sum((r.usage::json ->> 'output_tokens')::numeric), 0)::bigint,
            coalesce(sum((r.usage::json ->> 'duration_ms')::numeric), 0)::bigint,
            sum(round((r.usage::json ->> 'cost_usd')::numeric * 1000000000))::bigint
        FROM tree t LEFT JOIN runs r ON r.org = @org AND r.session_id = t.session_id
        """;

    public static async Task<SessionUsage> SumAsync(Tx reads, string org, string sessionId)
    {
        var own = await reads.FirstAsync(
            new Statement($"WITH tree (session_id) AS (SELECT @id) {Sums}").Text("org", org).Text("id", sessionId), Read).ConfigureAwait(false);
        var tree = await reads.FirstAsync(
            new Statement($"""
                WITH RECURSIVE tree (session_id, generation) AS (
                    SELECT @id COLLATE "C", 1
                    UNION
                    SELECT s.session_id, t.generation + 1
                    FROM tree t JOIN sessions s ON s.org = @org AND s.parent_session_id = t.session_id WHERE t.generation < @deep)
                {Sums}
                """).Text("org", org).Text("id", sessionId).Number("deep", SessionTree.MaxGenerations), Read).ConfigureAwait(false);
        return new SessionUsage(own!, tree!);
    }

    static UsageTotals Read(NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return new UsageTotals(
            row.Number(), row.Number(), row.Number(), row.Number(), row.Number(), row.Number(), row.Number(), row.Number(), row.Number(),
            row.NumberOrNull() is { } billionths ? billionths / 1_000_000_000m : null);
    }
}
