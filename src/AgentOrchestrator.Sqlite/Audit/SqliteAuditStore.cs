using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Audit;

namespace AgentOrchestrator.Sqlite.Audit;

sealed class SqliteAuditStore(SqliteDatabase database, CoordinatorOptions options) : IAuditStore
{
    const string Columns = "seq, at, actor, source, method, route, subject, status, times, digest, hash";

    public async Task AppendAsync(string org, IReadOnlyList<AuditFact> facts, IReadOnlyList<string> answered, CancellationToken cancel) =>
        await database.AddAsync(
            transaction =>
            {
                if (answered.Count > 0)
                {
                    transaction.Db.Query("DELETE FROM audit_acts WHERE act_id IN (SELECT value FROM json_each(?1))").Bind(JsonArray.Of(answered)).Run();
                }

                return Append(transaction.Db, org, facts);
            },
            cancel).ConfigureAwait(false);

    public async Task KeepAsync(AuditIntent intent, CancellationToken cancel)
    {
        await database.WriteAsync(
            transaction =>
            {
                AuditRows.Keep(transaction.Db, intent, intent.Fact, database.Life);
                return true;
            },
            cancel).ConfigureAwait(false);
        intent.Keep();
    }

    public async Task<int> SettleAsync(TimeSpan age, CancellationToken cancel) =>
        await database.ReadAsync(HasLeft, cancel).ConfigureAwait(false)
            ? await database.AddAsync(transaction => Settle(transaction.Db), cancel).ConfigureAwait(false)
            : 0;

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

    bool HasLeft(Connection db)
    {
        using var left = db.Query("SELECT 1 FROM audit_acts WHERE life <> ?1").Bind(database.Life);
        return left.Read();
    }

    int Settle(Connection db)
    {
        var left = AuditRows.TakeLeft(db, database.Life);
        foreach (var org in left.GroupBy(act => act.Org, act => act.Fact))
        {
            Append(db, org.Key, [.. org]);
        }

        return left.Count;
    }

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

    static AuditEntry Read(Statement row) => new(row.Long(), AuditRows.ReadFact(row), row.Text());
}
