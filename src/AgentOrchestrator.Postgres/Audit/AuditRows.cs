using AgentOrchestrator.Coordinator.Audit;
using Npgsql;

namespace AgentOrchestrator.Postgres.Audit;

/// <summary>The chain, and acts that have no entry in it yet.</summary>
static class AuditRows
{
    public const string Columns = "seq, at, actor, source, method, route, subject, status, times, digest, state_before, state_after, hash";

    /// <param name="about">What stands as the act left it; null for nothing, or nothing yet.</param>
    /// <returns>The digest of that.</returns>
    public static Task<string?> KeepAsync(Tx tx, AuditIntent intent, string node, string? before, AuditObject? about) => tx.FirstAsync(
        new Statement(
            $"""
            INSERT INTO audit_acts (act_id, org, life, at, actor, source, method, route, subject, status, times, digest, kept_at, state_before, state_after)
            VALUES (@act, @org, @life, @at, @actor, @source, @method, @route, @subject, @status, @times, @digest, COALESCE(@now, clock_timestamp()),
                @before, {AuditStates.Digest(about?.Noun)})
            ON CONFLICT (act_id) DO UPDATE SET state_after = excluded.state_after
            RETURNING state_after
            """)
            .Text("act", intent.Id).Text("org", intent.Org).Text("life", node).Time("at", intent.Fact.At).Text("actor", intent.Fact.Actor)
            .Text("source", intent.Fact.Source).Text("method", intent.Fact.Method).Text("route", intent.Fact.Route)
            .Text("subject", intent.Fact.Subject).Number("status", intent.Fact.Status).Number("times", intent.Fact.Times)
            .Text("digest", intent.Fact.Digest).Time("now", tx.NowOrNull).Text("before", before).Text("about", about?.Key),
        row => row.IsDBNull(0) ? null : row.GetString(0));

    /// <summary>Takes out the acts of other processes that are as old; two that do so at once take different ones.</summary>
    public static Task<List<(string Org, AuditFact Fact)>> TakeLeftAsync(Tx tx, string node, TimeSpan age) => tx.AllAsync(
        new Statement(
            $"""
            DELETE FROM audit_acts WHERE act_id IN (
                SELECT act_id FROM audit_acts WHERE life <> @life AND kept_at <= {Statement.Clock} - @age FOR UPDATE SKIP LOCKED)
            RETURNING org, at, actor, source, method, route, subject, status, times, digest, state_before, state_after
            """)
            .Text("life", node).Span("age", age).Time("now", tx.NowOrNull),
        reader =>
        {
            var row = new Row(reader);
            return (row.Text(), ReadFact(ref row));
        });

    public static AuditFact ReadFact(ref Row row) => new(
        row.Time(), row.Text(), row.Text(), row.Text(), row.Text(), row.TextOrNull(), (int)row.Number(), row.Number(), row.TextOrNull(),
        row.TextOrNull(), row.TextOrNull());

    /// <summary>Adds to the end of the chain, and prunes what is beyond <paramref name="kept"/> entries.</summary>
    public static async Task<AuditHead> AppendAsync(Tx tx, string org, IReadOnlyList<AuditFact> facts, long kept)
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
        head = await PruneAsync(tx, org, head, kept).ConfigureAwait(false);
        await tx.ExecuteAsync(new Statement(
            "UPDATE audit_heads SET seq = @seq, hash = @hash, pruned_to = @to, pruned_hash = @to_hash WHERE org = @org")
            .Text("org", org).Number("seq", head.Seq).Text("hash", head.Hash).Number("to", head.PrunedTo).Text("to_hash", head.PrunedHash))
            .ConfigureAwait(false);
        return head;
    }

    static async Task<AuditHead> PruneAsync(Tx tx, string org, AuditHead head, long kept)
    {
        var to = head.Seq - kept;
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
            VALUES (@org, @seq, @at, @actor, @source, @method, @route, @subject, @status, @times, @digest, @before, @after, @hash)
            """)
            .Text("org", org).Number("seq", seq).Time("at", fact.At).Text("actor", fact.Actor).Text("source", fact.Source)
            .Text("method", fact.Method).Text("route", fact.Route).Text("subject", fact.Subject).Number("status", fact.Status)
            .Number("times", fact.Times).Text("digest", fact.Digest).Text("before", fact.Before).Text("after", fact.After).Text("hash", hash);

    public static AuditHead ReadHead(NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return new AuditHead(row.Number(), row.Text(), row.Number(), row.Text());
    }

    public static AuditEntry Read(NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return new AuditEntry(row.Number(), ReadFact(ref row), row.Text());
    }
}
