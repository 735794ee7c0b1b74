using AgentOrchestrator.Coordinator.Audit;

namespace AgentOrchestrator.Sqlite.Audit;

/// <summary>The chain, and acts that have no entry in it yet.</summary>
static class AuditRows
{
    public const string Columns = "seq, at, actor, source, method, route, subject, status, times, digest, state_before, state_after, hash";

    public static void Keep(Connection db, AuditIntent intent, AuditFact fact, string life) =>
        db.Query("""
            INSERT INTO audit_acts (act_id, org, life, at, actor, source, method, route, subject, status, times, digest, state_before,
                state_after)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
            ON CONFLICT (act_id) DO UPDATE SET state_after = excluded.state_after
            """)
            .Bind(intent.Id).Bind(intent.Org).Bind(life).Bind(fact.At).Bind(fact.Actor).Bind(fact.Source).Bind(fact.Method).Bind(fact.Route)
            .Bind(fact.Subject).Bind((long)fact.Status).Bind(fact.Times).Bind(fact.Digest).Bind(fact.Before).Bind(fact.After).Run();

    /// <summary>Takes out the acts of other lives of the server, the oldest first.</summary>
    public static List<(string Org, AuditFact Fact)> TakeLeft(Connection db, string life)
    {
        var left = db.Query("""
            SELECT org, at, actor, source, method, route, subject, status, times, digest, state_before, state_after FROM audit_acts WHERE life <> ?1 ORDER BY at, act_id
            """).Bind(life).All(row => (row.Text(), ReadFact(row)));
        db.Query("DELETE FROM audit_acts WHERE life <> ?1").Bind(life).Run();
        return left;
    }

    public static AuditFact ReadFact(Statement row) => new(
        row.Instant(), row.Text(), row.Text(), row.Text(), row.Text(), row.TextOrNull(), row.Int(), row.Long(), row.TextOrNull(),
        row.TextOrNull(), row.TextOrNull());

    /// <summary>Adds to the end of the chain, and prunes what is beyond <paramref name="kept"/> entries.</summary>
    public static AuditHead Append(Connection db, string org, IReadOnlyList<AuditFact> facts, long kept)
    {
        var head = HeadOf(db, org);
        foreach (var fact in facts)
        {
            var seq = head.Seq + 1;
            head = head with { Seq = seq, Hash = AuditChain.Hash(head.Hash, seq, fact) };
            db.Query($"INSERT INTO audit (org, {Columns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)")
                .Bind(org).Bind(seq).Bind(fact.At).Bind(fact.Actor).Bind(fact.Source).Bind(fact.Method).Bind(fact.Route).Bind(fact.Subject)
                .Bind((long)fact.Status).Bind(fact.Times).Bind(fact.Digest).Bind(fact.Before).Bind(fact.After).Bind(head.Hash).Run();
        }

        head = Prune(db, org, head, kept);
        db.Query("""
            INSERT INTO audit_heads (org, seq, hash, pruned_to, pruned_hash) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (org) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, pruned_to = excluded.pruned_to, pruned_hash = excluded.pruned_hash
            """).Bind(org).Bind(head.Seq).Bind(head.Hash).Bind(head.PrunedTo).Bind(head.PrunedHash).Run();
        return head;
    }

    static AuditHead Prune(Connection db, string org, AuditHead head, long kept)
    {
        var to = head.Seq - kept;
        if (to <= head.PrunedTo)
        {
            return head;
        }

        var hash = db.Query($"SELECT {Columns} FROM audit WHERE org = ?1 AND seq = ?2").Bind(org).Bind(to).First(Read)?.Hash ?? "";
        db.Query("DELETE FROM audit WHERE org = ?1 AND seq <= ?2").Bind(org).Bind(to).Run();
        return head with { PrunedTo = to, PrunedHash = hash };
    }

    public static AuditHead HeadOf(Connection db, string org) =>
        db.Query("SELECT seq, hash, pruned_to, pruned_hash FROM audit_heads WHERE org = ?1").Bind(org)
            .First(row => new AuditHead(row.Long(), row.Text(), row.Long(), row.Text())) ?? AuditHead.Empty;

    public static AuditEntry Read(Statement row) => new(row.Long(), ReadFact(row), row.Text());
}
