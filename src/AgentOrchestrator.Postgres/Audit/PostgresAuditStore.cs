using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Audit;
using Npgsql;

namespace AgentOrchestrator.Postgres.Audit;

sealed class PostgresAuditStore(PostgresDatabase database, CoordinatorOptions options) : IAuditStore
{
    const string Columns = "seq, at, actor, source, method, route, subject, status, times, digest, hash";

    public async Task AppendAsync(string org, IReadOnlyList<AuditFact> facts, IReadOnlyList<string> answered, CancellationToken cancel) =>
        await database.WriteAsync(
            async tx =>
            {
                if (answered.Count > 0)
                {
                    await tx.ExecuteAsync(new Statement("DELETE FROM audit_acts WHERE act_id = ANY(@answered)").Texts("answered", answered)).ConfigureAwait(false);
                }

                return await AppendAsync(tx, org, facts).ConfigureAwait(false);
            },
            cancel).ConfigureAwait(false);

    public async Task KeepAsync(AuditIntent intent, CancellationToken cancel)
    {
        await database.WriteAsync(tx => tx.ExecuteAsync(AuditRows.Keep(intent, database.Node, tx.NowOrNull)), cancel).ConfigureAwait(false);
        intent.Keep();
    }

    public async Task<int> SettleAsync(TimeSpan age, CancellationToken cancel) => await database.WriteAsync(
        async tx =>
        {
            var left = await AuditRows.TakeLeftAsync(tx, database.Node, age).ConfigureAwait(false);
            foreach (var org in left.GroupBy(act => act.Org, act => act.Fact).OrderBy(org => org.Key, StringComparer.Ordinal))
            {
                await AppendAsync(tx, org.Key, [.. org.OrderBy(fact => fact.At)]).ConfigureAwait(false);
            }

            return left.Count;
        },
        cancel).ConfigureAwait(false);

    public async Task<AuditHead> FindHeadAsync(string org, CancellationToken cancel) => await database.ReadAsync(
        reads => reads.FirstAsync(
            new Statement("SELECT seq, hash, pruned_to, pruned_hash FROM audit_heads WHERE org = @org").Text("org", org), ReadHead),
        cancel).ConfigureAwait(false) ?? AuditHead.Empty;

    public async Task<IReadOnlyList<AuditEntry>> ReadAsync(string org, long afterSeq, int limit, CancellationToken cancel) => await database.ReadAsync(
        reads => reads.AllAsync(
            new Statement($"SELECT {Columns} FROM audit WHERE org = @org AND seq > @after ORDER BY seq LIMIT @limit")
                .Text("org", org).Number("after", afterSeq).Number("limit", limit),
            Read),
        cancel).ConfigureAwait(false);

    public async Task<IReadOnlyList<AuditEntry>> ReadBackAsync(string org, long? beforeSeq, int limit, CancellationToken cancel) =>
        await database.ReadAsync(
            reads => reads.AllAsync(
                new Statement($"SELECT {Columns} FROM audit WHERE org = @org AND seq < @before ORDER BY seq DESC LIMIT @limit")
                    .Text("org", org).Number("before", beforeSeq ?? long.MaxValue).Number("limit", limit),
                Read),
            cancel).ConfigureAwait(false);

    async Task<AuditHead> AppendAsync(Tx tx, string org, IReadOnlyList<AuditFact> facts)
    {
        await tx.ExecuteAsync(new Statement("INSERT INTO audit_heads VALUES (@org, 0, '', 0, '') ON CONFLICT DO NOTHING").Text("org", org))
            .ConfigureAwait(false);
        var head = (await tx.FirstAsync(
            new Statement("SELECT seq, hash, pruned_to, pruned_hash FROM audit_heads WHERE org = @org FOR UPDATE").Text("org", org), ReadHead)
            .ConfigureAwait(false))!;
        var inserts = new List<Statement>();
        foreach (var fact in facts)
        {
            var seq = head.Seq + 1;
            head = head with { Seq = seq, Hash = AuditChain.Hash(head.Hash, seq, fact) };
            inserts.Add(Insert(org, seq, fact, head.Hash));
        }

        await tx.ExecuteAsync([.. inserts]).ConfigureAwait(false);
        head = await PruneAsync(tx, org, head).ConfigureAwait(false);
        await tx.ExecuteAsync(new Statement(
            "UPDATE audit_heads SET seq = @seq, hash = @hash, pruned_to = @to, pruned_hash = @to_hash WHERE org = @org")
            .Text("org", org).Number("seq", head.Seq).Text("hash", head.Hash).Number("to", head.PrunedTo).Text("to_hash", head.PrunedHash))
            .ConfigureAwait(false);
        return head;
    }

    async Task<AuditHead> PruneAsync(Tx tx, string org, AuditHead head)
    {
        var to = head.Seq - options.AuditEntries;
        if (to <= head.PrunedTo)
        {
            return head;
        }

        var last = await tx.FirstAsync(
            new Statement($"SELECT {Columns} FROM audit WHERE org = @org AND seq = @to").Text("org", org).Number("to", to), Read).ConfigureAwait(false);
        await tx.ExecuteAsync(new Statement("DELETE FROM audit WHERE org = @org AND seq <= @to").Text("org", org).Number("to", to)).ConfigureAwait(false);
        return head with { PrunedTo = to, PrunedHash = last?.Hash ?? "" };
    }

    static Statement Insert(string org, long seq, AuditFact fact, string hash) =>
        new Statement($"""
            INSERT INTO audit (org, {Columns})
            VALUES (@org, @seq, @at, @actor, @source, @method, @route, @subject, @status, @times, @digest, @hash)
            """)
            .Text("org", org).Number("seq", seq).Time("at", fact.At).Text("actor", fact.Actor).Text("source", fact.Source)
            .Text("method", fact.Method).Text("route", fact.Route).Text("subject", fact.Subject).Number("status", fact.Status)
            .Number("times", fact.Times).Text("digest", fact.Digest).Text("hash", hash);

    static AuditHead ReadHead(NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return new AuditHead(row.Number(), row.Text(), row.Number(), row.Text());
    }

    static AuditEntry Read(NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return new AuditEntry(row.Number(), AuditRows.ReadFact(ref row), row.Text());
    }
}
