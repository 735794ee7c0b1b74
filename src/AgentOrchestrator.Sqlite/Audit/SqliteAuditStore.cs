using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Audit;

namespace AgentOrchestrator.Sqlite.Audit;

sealed class SqliteAuditStore(SqliteDatabase database, CoordinatorOptions options) : IAuditStore
{
    const string Columns = "seq, at, actor, source, method, route, subject, status, times, digest, hash";

    public async Task AppendAsync(string org, IReadOnlyList<AuditFact> facts, CancellationToken cancel) =>
        await database.AddAsync(transaction => Append(transaction.Db, org, facts), cancel).ConfigureAwait(false);

    public Task<AuditHead> FindHeadAsync(string org, CancellationToken cancel) => database.ReadAsync(db => HeadOf(db, org), cancel);

    public async Task<IReadOnlyList<AuditEntry>> ReadAsync(string org, long afterSeq, int limit, CancellationToken cancel) =>
        await database.ReadAsync(
            db => db.Query($"SELECT {Columns} FROM audit WHERE org = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3")
                .Bind(org).Bind(afterSeq).Bind(limit).All(Read),
            cancel).ConfigureAwait(false);

    public async Task<IReadOnlyList<AuditEntry>> ReadBackAsync(string org, long? beforeSeq, int limit, CancellationToken cancel) =>
        await database.ReadAsync(
            db => db.Query($"SELECT {Columns} FROM audit WHERE org = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3")
                .Bind(org).Bind(beforeSeq ?? long.MaxValue).Bind(limit).All(Read),
            cancel).ConfigureAwait(false);

    AuditHead Append(Connection db, string org, IReadOnlyList<AuditFact> facts)
    {
        var head = HeadOf(db, org);
        foreach (var fact in facts)
        {
            var seq = head.Seq + 1;
            head = head with { Seq = seq, Hash = AuditChain.Hash(head.Hash, seq, fact) };
            db.Query($"INSERT INTO audit (org, {Columns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)")
                .Bind(org).Bind(seq).Bind(fact.At).Bind(fact.Actor).Bind(fact.Source).Bind(fact.Method).Bind(fact.Route).Bind(fact.Subject)
                .Bind((long)fact.Status).Bind(fact.Times).Bind(fact.Digest).Bind(head.Hash).Run();
        }

        head = Prune(db, org, head);
        db.Query("""
            INSERT INTO audit_heads (org, seq, hash, pruned_to, pruned_hash) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (org) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, pruned_to = excluded.pruned_to, pruned_hash = excluded.pruned_hash
            """).Bind(org).Bind(head.Seq).Bind(head.Hash).Bind(head.PrunedTo).Bind(head.PrunedHash).Run();
        return head;
    }

    AuditHead Prune(Connection db, string org, AuditHead head)
    {
        var to = head.Seq - options.AuditEntries;
        if (to <= head.PrunedTo)
        {
            return head;
        }

        var hash = db.Query($"SELECT {Columns} FROM audit WHERE org = ?1 AND seq = ?2").Bind(org).Bind(to).First(Read)?.Hash ?? "";
        db.Query("DELETE FROM audit WHERE org = ?1 AND seq <= ?2").Bind(org).Bind(to).Run();
        return head with { PrunedTo = to, PrunedHash = hash };
    }

    static AuditHead HeadOf(Connection db, string org) =>
        db.Query("SELECT seq, hash, pruned_to, pruned_hash FROM audit_heads WHERE org = ?1").Bind(org)
            .First(row => new AuditHead(row.Long(), row.Text(), row.Long(), row.Text())) ?? AuditHead.Empty;

    static AuditEntry Read(Statement row) => new(
        row.Long(),
        new AuditFact(
            row.Instant(), row.Text(), row.Text(), row.Text(), row.Text(), row.TextOrNull(), row.Int(), row.Long(), row.TextOrNull()),
        row.Text());
}
