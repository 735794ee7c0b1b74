using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Audit;
using Npgsql;

namespace AgentOrchestrator.Postgres.Audit;

sealed class PostgresAuditStore(PostgresDatabase database, CoordinatorOptions options) : IAuditStore
{
    public async Task AppendAsync(string org, IReadOnlyList<AuditFact> facts, IReadOnlyList<string> answered, CancellationToken cancel) =>
        await database.WriteAsync(
            async tx =>
            {
                if (answered.Count > 0)
                {
                    await tx.ExecuteAsync(new Statement("DELETE FROM audit_acts WHERE act_id = ANY(@answered)").Texts("answered", answered)).ConfigureAwait(false);
                }

                return await AuditRows.AppendAsync(tx, org, facts, options.AuditEntries).ConfigureAwait(false);
            },
            cancel).ConfigureAwait(false);

    public async Task KeepAsync(AuditIntent intent, CancellationToken cancel)
    {
        var before = await database.WriteAsync(
            async tx =>
            {
                var before = await AuditStates.ReadAsync(tx, intent.Org, intent.About).ConfigureAwait(false);
                await AuditRows.KeepAsync(tx, intent, database.Node, before, about: null).ConfigureAwait(false);
                return before;
            },
            cancel).ConfigureAwait(false);
        intent.KeepEarly(before);
    }

    public async Task<int> SettleAsync(TimeSpan age, CancellationToken cancel) => await database.WriteAsync(
        async tx =>
        {
            var left = await AuditRows.TakeLeftAsync(tx, database.Node, age).ConfigureAwait(false);
            foreach (var org in left.GroupBy(act => act.Org, act => act.Fact).OrderBy(org => org.Key, StringComparer.Ordinal))
            {
                await AuditRows.AppendAsync(tx, org.Key, [.. org.OrderBy(fact => fact.At)], options.AuditEntries).ConfigureAwait(false);
            }

            return left.Count;
        },
        cancel).ConfigureAwait(false);

    public async Task<AuditHead> FindHeadAsync(string org, CancellationToken cancel) => await database.ReadAsync(
        reads => reads.FirstAsync(
            new Statement("SELECT seq, hash, pruned_to, pruned_hash FROM audit_heads WHERE org = @org").Text("org", org), AuditRows.ReadHead),
        cancel).ConfigureAwait(false) ?? AuditHead.Empty;

    public async Task<IReadOnlyList<AuditEntry>> ReadAsync(string org, long afterSeq, int limit, CancellationToken cancel) => await database.ReadAsync(
        reads => reads.AllAsync(
            new Statement($"SELECT {AuditRows.Columns} FROM audit WHERE org = @org AND seq > @after ORDER BY seq LIMIT @limit")
                .Text("org", org).Number("after", afterSeq).Number("limit", limit),
            AuditRows.Read),
        cancel).ConfigureAwait(false);

    public async Task<IReadOnlyList<AuditEntry>> ReadBackAsync(string org, long? beforeSeq, int limit, CancellationToken cancel) =>
        await database.ReadAsync(
            reads => reads.AllAsync(
                new Statement($"SELECT {AuditRows.Columns} FROM audit WHERE org = @org AND seq < @before ORDER BY seq DESC LIMIT @limit")
                    .Text("org", org).Number("before", beforeSeq ?? long.MaxValue).Number("limit", limit),
                AuditRows.Read),
            cancel).ConfigureAwait(false);
}
