using AgentOrchestrator.Coordinator.Skills;
using Npgsql;

namespace AgentOrchestrator.Postgres.Skills;

sealed class PostgresSkillStore(PostgresDatabase database) : ISkillStore
{
    const string Newest =
        """
        SELECT r.org, r.name, r.version, r.digest, r.definition, r.created_at, a.deleted_at IS NOT NULL
        FROM skills a JOIN skill_versions r ON r.org = a.org AND r.name = a.name AND r.version = a.version
        WHERE a.org = @org
        """;

    public Task<SkillVersion> SaveAsync(string org, string name, string digest, string definition, CancellationToken cancel) =>
        database.WriteAsync(
            async tx =>
            {
                // The row may not exist yet, so that a lock of the row cannot keep two savers apart.
                await tx.ExecuteAsync(new Statement("SELECT pg_advisory_xact_lock(hashtextextended(@org || '/' || lower(@name), 1))")
                    .Text("org", org).Text("name", name)).ConfigureAwait(false);
                var newest = await tx.FirstAsync(ByName(Newest, org, name), ReadWithMark).ConfigureAwait(false);
                if (newest.Skill?.Digest != digest)
                {
                    return await AddAsync(tx, org, newest.Skill?.Name ?? name, newest.Skill?.Version ?? 0, digest, definition)
                        .ConfigureAwait(false);
                }

                if (newest.IsDeleted)
                {
                    await tx.ExecuteAsync(ByName("UPDATE skills a SET deleted_at = NULL WHERE a.org = @org", org, name)).ConfigureAwait(false);
                }

                return newest.Skill;
            },
            cancel);

    public Task<SkillVersion?> FindAsync(string org, string name, CancellationToken cancel) => database.ReadAsync(
        reads => reads.FirstAsync(ByName(Newest + " AND a.deleted_at IS NULL", org, name), Read)!, cancel);

    public Task<SkillVersion?> FindVersionAsync(string org, string name, long version, CancellationToken cancel) => database.ReadAsync(
        reads => reads.FirstAsync(
            new Statement(
                """
                SELECT org, name, version, digest, definition, created_at FROM skill_versions
                WHERE org = @org AND version = @version
                    AND name = (SELECT a.name FROM skills a WHERE a.org = @org AND lower(a.name) = @name)
                """)
                .Text("org", org).Text("name", name.ToLowerInvariant()).Number("version", version),
            Read)!,
        cancel);

    public async Task<IReadOnlyList<SkillVersion>> ListAsync(string org, CancellationToken cancel) => await database.ReadAsync(
        reads => reads.AllAsync(
            new Statement(Newest + " AND a.deleted_at IS NULL ORDER BY lower(a.name), a.name").Text("org", org), Read),
        cancel).ConfigureAwait(false);

    public async Task<bool> DeleteAsync(string org, string name, CancellationToken cancel) => await database.WriteAsync(
        tx => tx.ExecuteAsync(ByName(
            "UPDATE skills a SET deleted_at = COALESCE(@now, clock_timestamp()) WHERE a.org = @org AND a.deleted_at IS NULL", org, name)
            .Time("now", tx.NowOrNull)),
        cancel).ConfigureAwait(false) == 1;

    static async Task<SkillVersion> AddAsync(Tx tx, string org, string name, long newest, string digest, string definition)
    {
        var skill = new SkillVersion(org, name, newest + 1, digest, definition, tx.Now);
        await tx.ExecuteAsync(
            new Statement(
                """
                INSERT INTO skills AS a (org, name, version) VALUES (@org, @name, @version)
                ON CONFLICT (org, name) DO UPDATE SET version = @version, deleted_at = NULL
                """)
                .Text("org", org).Text("name", name).Number("version", skill.Version),
            new Statement(
                """
                INSERT INTO skill_versions (org, name, version, digest, definition, created_at)
                VALUES (@org, @name, @version, @digest, @definition, @now)
                """)
                .Text("org", org).Text("name", name).Number("version", skill.Version)
                .Text("digest", digest).Text("definition", definition).Time("now", skill.CreatedAt)).ConfigureAwait(false);
        return skill;
    }

    static Statement ByName(string sql, string org, string name) =>
        new Statement(sql + " AND lower(a.name) = @name").Text("org", org).Text("name", name.ToLowerInvariant());

    static SkillVersion Read(NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return new SkillVersion(row.Text(), row.Text(), row.Number(), row.Text(), row.Text(), row.Time());
    }

    static (SkillVersion? Skill, bool IsDeleted) ReadWithMark(NpgsqlDataReader reader) => (Read(reader), reader.GetBoolean(6));
}
