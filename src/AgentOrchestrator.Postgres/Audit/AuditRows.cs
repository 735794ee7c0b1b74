using AgentOrchestrator.Coordinator.Audit;

namespace AgentOrchestrator.Postgres.Audit;

/// <summary>Acts that have no entry in the chain yet.</summary>
static class AuditRows
{
    public static Statement Keep(AuditIntent intent, string node, DateTimeOffset? now) =>
        new Statement(
            """
            INSERT INTO audit_acts (act_id, org, life, at, actor, source, method, route, subject, status, times, digest, kept_at)
            VALUES (@act, @org, @life, @at, @actor, @source, @method, @route, @subject, @status, @times, @digest, COALESCE(@now, clock_timestamp()))
            ON CONFLICT DO NOTHING
            """)
            .Text("act", intent.Id).Text("org", intent.Org).Text("life", node).Time("at", intent.Fact.At).Text("actor", intent.Fact.Actor)
            .Text("source", intent.Fact.Source).Text("method", intent.Fact.Method).Text("route", intent.Fact.Route)
            .Text("subject", intent.Fact.Subject).Number("status", intent.Fact.Status).Number("times", intent.Fact.Times)
            .Text("digest", intent.Fact.Digest).Time("now", now);

    /// <summary>Takes out the acts of other processes that are as old; two that do so at once take different ones.</summary>
    public static Task<List<(string Org, AuditFact Fact)>> TakeLeftAsync(Tx tx, string node, TimeSpan age) => tx.AllAsync(
        new Statement(
            $"""
            DELETE FROM audit_acts WHERE act_id IN (
                SELECT act_id FROM audit_acts WHERE life <> @life AND kept_at <= {Statement.Clock} - @age FOR UPDATE SKIP LOCKED)
            RETURNING org, at, actor, source, method, route, subject, status, times, digest
            """)
            .Text("life", node).Span("age", age).Time("now", tx.NowOrNull),
        reader =>
        {
            var row = new Row(reader);
            return (row.Text(), ReadFact(ref row));
        });

    public static AuditFact ReadFact(ref Row row) => new(
        row.Time(), row.Text(), row.Text(), row.Text(), row.Text(), row.TextOrNull(), (int)row.Number(), row.Number(), row.TextOrNull());
}
