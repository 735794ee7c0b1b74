using AgentOrchestrator.Coordinator.Audit;

namespace AgentOrchestrator.Sqlite.Audit;

/// <summary>Acts that have no entry in the chain yet.</summary>
static class AuditRows
{
    public static void Keep(Connection db, AuditIntent intent, AuditFact fact, string life) =>
        db.Query("""
            INSERT INTO audit_acts (act_id, org, life, at, actor, source, method, route, subject, status, times, digest)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO NOTHING
            """)
            .Bind(intent.Id).Bind(intent.Org).Bind(life).Bind(fact.At).Bind(fact.Actor).Bind(fact.Source).Bind(fact.Method).Bind(fact.Route)
            .Bind(fact.Subject).Bind((long)fact.Status).Bind(fact.Times).Bind(fact.Digest).Run();

    /// <summary>Takes out the acts of other lives of the server, the oldest first.</summary>
    public static List<(string Org, AuditFact Fact)> TakeLeft(Connection db, string life)
    {
        var left = db.Query("""
            SELECT org, at, actor, source, method, route, subject, status, times, digest FROM audit_acts WHERE life <> ?1 ORDER BY at, act_id
            """).Bind(life).All(row => (row.Text(), ReadFact(row)));
        db.Query("DELETE FROM audit_acts WHERE life <> ?1").Bind(life).Run();
        return left;
    }

    public static AuditFact ReadFact(Statement row) => new(
        row.Instant(), row.Text(), row.Text(), row.Text(), row.Text(), row.TextOrNull(), row.Int(), row.Long(), row.TextOrNull());
}
