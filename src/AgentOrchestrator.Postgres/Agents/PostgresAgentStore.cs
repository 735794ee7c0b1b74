using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Postgres.Runs;
using Npgsql;

namespace AgentOrchestrator.Postgres.Agents;

sealed class PostgresAgentStore(PostgresDatabase database, CoordinatorOptions options) : IAgentStore
{
    const string Newest =
        """
        SELECT r.org, r.name, r.revision, r.digest, r.definition, r.created_at, a.deleted_at IS NOT NULL
        FROM agents a JOIN agent_revisions r ON r.org = a.org AND r.name = a.name AND r.revision = a.revision
        WHERE a.org = @org
        """;

    public Task<AgentRevision> SaveAsync(string org, string name, string digest, string definition, CancellationToken cancel) =>
        database.WriteAsync(
            async tx =>
            {
                // The row may not exist yet, so that a lock of the row cannot keep two savers apart.
                await tx.ExecuteAsync(new Statement("SELECT pg_advisory_xact_lock(hashtextextended(@org || '/' || lower(@name), 0))")
                    .Text("org", org).Text("name", name)).ConfigureAwait(false);
                var newest = await tx.FirstAsync(ByName(Newest, org, name), ReadWithMark).ConfigureAwait(false);
                if (newest.Agent?.Digest != digest)
                {
                    var added = await AddAsync(tx, org, newest.Agent?.Name ?? name, newest.Agent?.Revision ?? 0, digest, definition)
                        .ConfigureAwait(false);
                    if (AgentDefinition.IsActive(definition))
                    {
                        await Quarantines.ReleaseAsync(tx, options, org, name).ConfigureAwait(false);
                    }

                    return added;
                }

                if (newest.IsDeleted)
                {
                    await tx.ExecuteAsync(ByName("UPDATE agents a SET deleted_at = NULL WHERE a.org = @org", org, name)).ConfigureAwait(false);
                }

                return newest.Agent;
            },
            cancel);

    public Task<AgentRevision?> FindAsync(string org, string name, CancellationToken cancel) => database.ReadAsync(
        reads => reads.FirstAsync(ByName(Newest + " AND a.deleted_at IS NULL", org, name), Read)!, cancel);

    public Task<AgentRevision?> FindRevisionAsync(string org, string name, long revision, CancellationToken cancel) => database.ReadAsync(
        reads => reads.FirstAsync(
            new Statement(
                """
                SELECT org, name, revision, digest, definition, created_at FROM agent_revisions
                WHERE org = @org AND revision = @revision
                    AND name = (SELECT a.name FROM agents a WHERE a.org = @org AND lower(a.name) = @name)
                """)
                .Text("org", org).Text("name", name.ToLowerInvariant()).Number("revision", revision),
            Read)!,
        cancel);

    public async Task<IReadOnlyList<AgentRevision>> ListAsync(string org, CancellationToken cancel) => await database.ReadAsync(
        reads => reads.AllAsync(
            new Statement(Newest + " AND a.deleted_at IS NULL ORDER BY lower(a.name), a.name").Text("org", org), Read),
        cancel).ConfigureAwait(false);

    public async Task<bool> DeleteAsync(string org, string name, CancellationToken cancel) => await database.WriteAsync(
        tx => tx.ExecuteAsync(ByName(
            "UPDATE agents a SET deleted_at = COALESCE(@now, clock_timestamp()) WHERE a.org = @org AND a.deleted_at IS NULL", org, name)
            .Time("now", tx.NowOrNull)),
        cancel).ConfigureAwait(false) == 1;

    public async Task<IReadOnlyList<Quarantine>> ListQuarantinedAsync(string org, CancellationToken cancel) =>
        await database.ReadAsync(reads => Quarantines.ListAsync(reads, org), cancel).ConfigureAwait(false);

    public Task<bool> ReleaseAsync(string org, string name, CancellationToken cancel) =>
        database.WriteAsync(tx => Quarantines.ReleaseAsync(tx, options, org, name), cancel);

    static async Task<AgentRevision> AddAsync(Tx tx, string org, string name, long newest, string digest, string definition)
    {
        var agent = new AgentRevision(org, name, newest + 1, digest, definition, tx.Now);
        await tx.ExecuteAsync(
            new Statement(
                """
                INSERT INTO agents AS a (org, name, revision) VALUES (@org, @name, @revision)
                ON CONFLICT (org, name) DO UPDATE SET revision = @revision, deleted_at = NULL
                """)
                .Text("org", org).Text("name", name).Number("revision", agent.Revision),
            new Statement(
                """
                INSERT INTO agent_revisions (org, name, revision, digest, definition, created_at)
                VALUES (@org, @name, @revision, @digest, @definition, @now)
                """)
                .Text("org", org).Text("name", name).Number("revision", agent.Revision)
                .Text("digest", digest).Text("definition", definition).Time("now", agent.CreatedAt)).ConfigureAwait(false);
        return agent;
    }

    static Statement ByName(string sql, string org, string name) =>
        new Statement(sql + " AND lower(a.name) = @name").Text("org", org).Text("name", name.ToLowerInvariant());

    static AgentRevision Read(NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return new AgentRevision(row.Text(), row.Text(), row.Number(), row.Text(), row.Text(), row.Time());
    }

    static (AgentRevision? Agent, bool IsDeleted) ReadWithMark(NpgsqlDataReader reader) => (Read(reader), reader.GetBoolean(6));
}
