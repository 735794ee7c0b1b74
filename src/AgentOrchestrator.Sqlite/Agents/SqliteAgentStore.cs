using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Sqlite.Runs;

namespace AgentOrchestrator.Sqlite.Agents;

sealed class SqliteAgentStore(SqliteDatabase database, CoordinatorOptions options) : IAgentStore
{
    const string Columns = "r.org, r.name, r.revision, r.digest, r.definition, r.created_at";

    const string Newest = $"""
        SELECT {Columns} FROM agents a JOIN agent_revisions r ON r.org = a.org AND r.name = a.name AND r.revision = a.revision
        WHERE a.org = ?1 AND a.name = ?2
        """;

    public Task<AgentRevision> SaveAsync(string org, string name, string digest, string definition, CancellationToken cancel) =>
        database.AddAsync(
            transaction =>
            {
                var newest = transaction.Db.Query(Newest).Bind(org).Bind(name).First(Current);
                var saved = newest?.Digest == digest
                    ? newest
                    : new AgentRevision(org, name, (newest?.Revision ?? 0) + 1, digest, definition, transaction.Now);
                if (saved != newest)
                {
                    Insert(transaction.Db, saved);
                    if (AgentDefinition.IsActive(definition))
                    {
                        Quarantines.Release(transaction, options, org, name);
                    }
                }

                transaction.Db.Query("""
                    INSERT INTO agents (org, name, revision) VALUES (?1, ?2, ?3)
                    ON CONFLICT (org, name) DO UPDATE SET revision = excluded.revision, deleted_at = NULL
                    """).Bind(org).Bind(name).Bind(saved.Revision).Run();
                return saved;
            },
            cancel);

    public Task<AgentRevision?> FindAsync(string org, string name, CancellationToken cancel) =>
        database.ReadAsync(db => db.Query(Newest + " AND a.deleted_at IS NULL").Bind(org).Bind(name).First(Current), cancel);

    public Task<AgentRevision?> FindRevisionAsync(string org, string name, long revision, CancellationToken cancel) =>
        database.ReadAsync(
            db => db.Query($"SELECT {Columns} FROM agent_revisions r WHERE r.org = ?1 AND r.name = ?2 AND r.revision = ?3")
                .Bind(org).Bind(name).Bind(revision).First(Current),
            cancel);

    public Task<IReadOnlyList<AgentRevision>> ListAsync(string org, CancellationToken cancel) =>
        database.ReadAsync(
            db =>
            {
                var agents = db.Query($"""
                    SELECT {Columns} FROM agents a JOIN agent_revisions r ON r.org = a.org AND r.name = a.name AND r.revision = a.revision
                    WHERE a.org = ?1 AND a.deleted_at IS NULL ORDER BY a.name
                    """).Bind(org).All(Current);
                return (IReadOnlyList<AgentRevision>)agents;
            },
            cancel);

    public Task<bool> DeleteAsync(string org, string name, CancellationToken cancel) =>
        database.WriteAsync(
            transaction => transaction.Db.Query("UPDATE agents SET deleted_at = ?1 WHERE org = ?2 AND name = ?3 AND deleted_at IS NULL")
                .Bind(transaction.Now).Bind(org).Bind(name).Run() == 1,
            cancel);

    public Task<IReadOnlyList<Quarantine>> ListQuarantinedAsync(string org, CancellationToken cancel) =>
        database.ReadAsync(db => (IReadOnlyList<Quarantine>)Quarantines.List(db, org), cancel);

    public Task<bool> ReleaseAsync(string org, string name, CancellationToken cancel) =>
        database.WriteAsync(transaction => Quarantines.Release(transaction, options, org, name), cancel);

    static void Insert(Connection db, AgentRevision agent) =>
        db.Query("INSERT INTO agent_revisions (org, name, revision, digest, definition, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
            .Bind(agent.Org).Bind(agent.Name).Bind(agent.Revision).Bind(agent.Digest).Bind(agent.Definition).Bind(agent.CreatedAt)
            .Run();

    static AgentRevision Current(Statement row) =>
        new(row.Text(), row.Text(), row.Long(), row.Text(), row.Text(), row.Instant());
}
