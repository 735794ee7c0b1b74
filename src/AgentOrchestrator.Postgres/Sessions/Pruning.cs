using AgentOrchestrator.Coordinator.Sessions;

namespace AgentOrchestrator.Postgres.Sessions;

/// <summary>Takes old entries out of logs at rest.</summary>
static class Pruning
{
    // Of a session s. An empty log has nothing to prune and no age.
    const string FromResting =
        $"""
        FROM sessions s JOIN events e ON e.org = s.org AND e.session_id = s.session_id AND e.seq = s.last_seq
        WHERE e.recorded_at <= {Statement.Clock} - @rest
            AND NOT EXISTS (
                SELECT 1 FROM runs r WHERE r.org = s.org AND r.session_id = s.session_id
                    AND r.status NOT IN ('completed', 'failed', 'stopped'))
            AND NOT EXISTS (
                SELECT 1 FROM sessions c JOIN runs r ON r.org = c.org AND r.session_id = c.session_id
                    AND r.status NOT IN ('completed', 'failed', 'stopped')
                WHERE c.org = s.org AND c.parent_session_id = s.session_id)
            AND NOT EXISTS (
                SELECT 1 FROM callbacks b
                WHERE b.org = s.org AND b.parent_session_id = s.session_id AND b.delivered_run_id IS NULL)
        """;

    // What goes whole must not take its children along: they go first.
    const string Childless = "AND NOT EXISTS (SELECT 1 FROM sessions c WHERE c.org = s.org AND c.parent_session_id = s.session_id)";

    const string IsOld = $"(@max_age IS NOT NULL AND e.recorded_at <= {Statement.Clock} - GREATEST(@max_age, @rest))";

    public static Task<List<PrunableLog>> FindPrunableAsync(Tx reads, PruneRule rule, int limit) => reads.AllAsync(
        new Statement(
            $"""
            SELECT s.org, s.session_id, CASE WHEN {IsOld} THEN s.last_seq - 1 ELSE s.last_seq - @max_events END
            {FromResting}
                AND s.last_seq - s.pruned_to > 1 AND ({IsOld} OR s.last_seq - s.pruned_to > @max_events)
            ORDER BY e.recorded_at LIMIT @limit
            """)
            .Time("now", reads.NowOrNull).Span("rest", rule.Rest).SpanOrNull("max_age", rule.MaxAge)
            .Number("max_events", rule.MaxEvents).Number("limit", limit),
        Read);

    public static Task<List<PrunableLog>> FindRestingAsync(Tx reads, TimeSpan rest, int limit) => reads.AllAsync(
        new Statement($"SELECT s.org, s.session_id, s.last_seq {FromResting} {Childless} ORDER BY e.recorded_at LIMIT @limit")
            .Time("now", reads.NowOrNull).Span("rest", rest).Number("limit", limit),
        Read);

    /// <summary>False when the session is not at rest, or another transaction has its row: then it is not at rest either.</summary>
    public static async Task<bool> LockRestingAsync(Tx tx, PrunableLog log, TimeSpan rest, bool isChildless = false)
    {
        var locked = await tx.FirstAsync(
            new Statement(
                $"SELECT s.session_id {FromResting} {(isChildless ? Childless : "")} AND s.org = @org AND s.session_id = @session FOR UPDATE OF s SKIP LOCKED")
                .Time("now", tx.NowOrNull).Span("rest", rest).Text("org", log.Org).Text("session", log.SessionId),
            row => row.GetString(0)).ConfigureAwait(false);
        if (locked is null)
        {
            return false;
        }

        tx.Holds(log.Org, log.SessionId);
        return true;
    }

    public static async Task<PrunedPart?> PruneAsync(Tx tx, PrunableLog log, TimeSpan rest, int limit)
    {
        if (!await LockRestingAsync(tx, log, rest).ConfigureAwait(false))
        {
            return null;
        }

        var part = await tx.FirstAsync(
            Of(
                """
                WITH moved AS (
                    UPDATE sessions s SET pruned_to = LEAST(@to, s.last_seq - 1, s.pruned_to + @limit)
                    WHERE s.org = @org AND s.session_id = @session AND s.pruned_to < LEAST(@to, s.last_seq - 1)
                    RETURNING s.pruned_to, s.run_start_seq
                ), gone AS (
                    DELETE FROM events e USING moved m
                    WHERE e.org = @org AND e.session_id = @session AND e.seq > m.pruned_to - @limit AND e.seq <= m.pruned_to
                        AND e.type NOT IN ('run_completed', 'run_failed', 'run_stopped', 'result')
                        AND e.seq <> m.run_start_seq
                        AND e.seq <> COALESCE((
                            SELECT max(n.seq) FROM events n
                            WHERE n.org = @org AND n.session_id = @session AND n.is_result AND n.seq > m.run_start_seq), 0)
                    RETURNING e.seq
                )
                SELECT m.pruned_to, (SELECT count(*) FROM gone) FROM moved m
                """,
                log).Number("to", log.To).Number("limit", limit),
            row => new PrunedPart(row.GetInt64(0), (int)row.GetInt64(1))).ConfigureAwait(false);
        if (part is not null)
        {
            await tx.ExecuteAsync(Of(
                """
                DELETE FROM blobs b WHERE b.org = @org AND b.session_id = @session AND NOT EXISTS (
                    SELECT 1 FROM events e WHERE e.org = @org AND e.session_id = @session AND e.blob = b.sha256)
                """,
                log)).ConfigureAwait(false);
        }

        return part;
    }

    static Statement Of(string sql, PrunableLog log) => new Statement(sql).Text("org", log.Org).Text("session", log.SessionId);

    static PrunableLog Read(Npgsql.NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return new PrunableLog(row.Text(), row.Text(), row.Number());
    }
}
