using AgentOrchestrator.Coordinator.Sessions;

namespace AgentOrchestrator.Sqlite.Sessions;

/// <summary>Takes old entries out of logs at rest.</summary>
static class Pruning
{
    // Of a session s and the instant ?1. An empty log has nothing to prune and no age.
    const string FromResting = """
        FROM sessions s JOIN events e ON e.place = s.place AND e.seq = s.last_seq
        WHERE e.recorded_at <= ?1
            AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.org = s.org AND r.session_id = s.session_id AND r.completed_at IS NULL)
            AND NOT EXISTS (
                SELECT 1 FROM sessions c JOIN runs r ON r.org = c.org AND r.session_id = c.session_id AND r.completed_at IS NULL
                WHERE c.org = s.org AND c.parent_session_id = s.session_id)
            AND NOT EXISTS (
                SELECT 1 FROM callbacks b
                WHERE b.org = s.org AND b.parent_session_id = s.session_id AND b.delivered_run_id IS NULL)
        """;

    // What goes whole must not take its children along: they go first.
    const string Childless = "AND NOT EXISTS (SELECT 1 FROM sessions c WHERE c.org = s.org AND c.parent_session_id = s.session_id)";

    public static List<PrunableLog> FindPrunable(Connection db, PruneRule rule, DateTimeOffset now, int limit) =>
        db.Query($"""
            SELECT s.org, s.session_id, CASE WHEN e.recorded_at <= ?2 THEN s.last_seq - 1 ELSE s.last_seq - ?3 END
            {FromResting}
                AND s.last_seq - s.pruned_to > 1 AND (e.recorded_at <= ?2 OR s.last_seq - s.pruned_to > ?3)
            ORDER BY e.recorded_at LIMIT ?4
            """)
            .Bind(now - rule.Rest).Bind(rule.MaxAge is { } age ? now - (age > rule.Rest ? age : rule.Rest) : DateTimeOffset.UnixEpoch)
            .Bind(rule.MaxEvents ?? long.MaxValue).Bind(limit)
            .All(row => new PrunableLog(row.Text(), row.Text(), row.Long()));

    public static List<PrunableLog> FindResting(Connection db, DateTimeOffset restsSince, int limit) =>
        db.Query($"SELECT s.org, s.session_id, s.last_seq {FromResting} {Childless} ORDER BY e.recorded_at LIMIT ?2")
            .Bind(restsSince).Bind(limit)
            .All(row => new PrunableLog(row.Text(), row.Text(), row.Long()));

    static bool IsAtRest(Connection db, PrunableLog log, DateTimeOffset restsSince)
    {
        using var row = db.Query($"SELECT 1 {FromResting} AND s.org = ?2 AND s.session_id = ?3").Bind(restsSince).Bind(log.Org).Bind(log.SessionId);
        return row.Read();
    }

    public static bool IsRemovable(Connection db, PrunableLog log, DateTimeOffset restsSince)
    {
        using var row = db.Query($"SELECT 1 {FromResting} {Childless} AND s.org = ?2 AND s.session_id = ?3")
            .Bind(restsSince).Bind(log.Org).Bind(log.SessionId);
        return row.Read();
    }

    public static PrunedPart? Prune(WriteTransaction transaction, PrunableLog log, DateTimeOffset restsSince, int limit)
    {
        if (!IsAtRest(transaction.Db, log, restsSince))
        {
            return null;
        }

        long place, to;
        using (var moved = transaction.Db.Query("""
            UPDATE sessions SET pruned_to = min(?3, last_seq - 1, pruned_to + ?4)
            WHERE org = ?1 AND session_id = ?2 AND pruned_to < min(?3, last_seq - 1)
            RETURNING place, pruned_to
            """).Bind(log.Org).Bind(log.SessionId).Bind(log.To).Bind(limit))
        {
            if (!moved.Read())
            {
                return null;
            }

            (place, to) = (moved.Long(), moved.Long());
        }

        // What the last part left standing is below it.
        var events = transaction.Db.Query("""
            DELETE FROM events WHERE place = ?1 AND seq > ?2 - ?3 AND seq <= ?2
                AND type <> 'run_completed' AND type <> 'run_failed' AND type <> 'run_stopped' AND type <> 'result'
                AND seq <> (SELECT s.run_start_seq FROM sessions s WHERE s.place = ?1)
                AND seq <> (SELECT iif(s.result_seq > s.run_start_seq, s.result_seq, 0) FROM sessions s WHERE s.place = ?1)
            RETURNING blob
            """).Bind(place).Bind(to).Bind(limit).All(row => row.TextOrNull());
        foreach (var blob in events)
        {
            transaction.Dropped(blob);
        }

        return new PrunedPart(to, events.Count);
    }
}
