using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Audit;

namespace AgentOrchestrator.Sqlite.Audit;

sealed class SqliteAuditStore(SqliteDatabase database, CoordinatorOptions options) : IAuditStore
{
    public async Task AppendAsync(string org, IReadOnlyList<AuditFact> facts, IReadOnlyList<string> answered, CancellationToken cancel) =>
        await database.AddAsync(
            transaction =>
            {
                if (answered.Count > 0)
                {
                    transaction.Db.Query("DELETE FROM audit_acts WHERE act_id IN (SELECT value FROM json_each(?1))").Bind(JsonArray.Of(answered)).Run();
                }

                return AuditRows.Append(transaction.Db, org, facts, options.AuditEntries);
            },
            cancel).ConfigureAwait(false);

    public async Task KeepAsync(AuditIntent intent, CancellationToken cancel)
    {
        var before = await database.WriteAsync(
            transaction =>
            {
                var before = AuditStates.Digest(transaction.Db, intent.Org, intent.About);
                AuditRows.Keep(transaction.Db, intent, intent.Fact with { Before = before }, database.Life);
                return before;
            },
            cancel).ConfigureAwait(false);
        intent.KeepEarly(before);
    }

    public async Task<int> SettleAsync(TimeSpan age, CancellationToken cancel) =>
        await database.ReadAsync(HasLeft, cancel).ConfigureAwait(false)
            ? await database.AddAsync(transaction => Settle(transaction.Db), cancel).ConfigureAwait(false)
            : 0;

    public Task<AuditHead> FindHeadAsync(string org, CancellationToken cancel) => database.ReadAsync(db => AuditRows.HeadOf(db, org), cancel);

    public async Task<IReadOnlyList<AuditEntry>> ReadAsync(string org, long afterSeq, int limit, CancellationToken cancel) =>
        await database.ReadAsync(
            db => db.Query($"SELECT {AuditRows.Columns} FROM audit WHERE org = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3")
                .Bind(org).Bind(afterSeq).Bind(limit).All(AuditRows.Read),
            cancel).ConfigureAwait(false);

    public async Task<IReadOnlyList<AuditEntry>> ReadBackAsync(string org, long? beforeSeq, int limit, CancellationToken cancel) =>
        await database.ReadAsync(
            db => db.Query($"SELECT {AuditRows.Columns} FROM audit WHERE org = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3")
                .Bind(org).Bind(beforeSeq ?? long.MaxValue).Bind(limit).All(AuditRows.Read),
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
            AuditRows.Append(db, org.Key, [.. org], options.AuditEntries);
        }

        return left.Count;
    }
}
