using AgentOrchestrator.Coordinator.Skills;

namespace AgentOrchestrator.Sqlite.Skills;

sealed class SqliteSkillStore(SqliteDatabase database) : ISkillStore
{
    const string Columns = "r.org, r.name, r.version, r.digest, r.definition, r.created_at";

    const string Newest = $"""
        SELECT {Columns} FROM skills a JOIN skill_versions r ON r.org = a.org AND r.name = a.name AND r.version = a.version
        WHERE a.org = ?1 AND a.name = ?2
        """;

    public Task<SkillVersion> SaveAsync(string org, string name, string digest, string definition, CancellationToken cancel) =>
        database.AddAsync(
            transaction =>
            {
                var newest = transaction.Db.Query(Newest).Bind(org).Bind(name).First(Current);
                var saved = newest?.Digest == digest
                    ? newest
                    : new SkillVersion(org, newest?.Name ?? name, (newest?.Version ?? 0) + 1, digest, definition, transaction.Now);
                if (saved != newest)
                {
                    Insert(transaction.Db, saved);
                }

                transaction.Db.Query("""
                    INSERT INTO skills (org, name, version) VALUES (?1, ?2, ?3)
                    ON CONFLICT (org, name) DO UPDATE SET version = excluded.version, deleted_at = NULL
                    """).Bind(org).Bind(name).Bind(saved.Version).Run();
                return saved;
            },
            cancel);

    public Task<SkillVersion?> FindAsync(string org, string name, CancellationToken cancel) =>
        database.ReadAsync(db => db.Query(Newest + " AND a.deleted_at IS NULL").Bind(org).Bind(name).First(Current), cancel);

    public Task<SkillVersion?> FindVersionAsync(string org, string name, long version, CancellationToken cancel) =>
        database.ReadAsync(
            db => db.Query($"SELECT {Columns} FROM skill_versions r WHERE r.org = ?1 AND r.name = ?2 AND r.version = ?3")
                .Bind(org).Bind(name).Bind(version).First(Current),
            cancel);

    public Task<IReadOnlyList<SkillVersion>> ListAsync(string org, CancellationToken cancel) =>
        database.ReadAsync(
            db =>
            {
                var skills = db.Query($"""
                    SELECT {Columns} FROM skills a JOIN skill_versions r ON r.org = a.org AND r.name = a.name AND r.version = a.version
                    WHERE a.org = ?1 AND a.deleted_at IS NULL ORDER BY a.name
                    """).Bind(org).All(Current);
                return (IReadOnlyList<SkillVersion>)skills;
            },
            cancel);

    public Task<bool> DeleteAsync(string org, string name, CancellationToken cancel) =>
        database.WriteAsync(
            transaction => transaction.Db.Query("UPDATE skills SET deleted_at = ?1 WHERE org = ?2 AND name = ?3 AND deleted_at IS NULL")
                .Bind(transaction.Now).Bind(org).Bind(name).Run() == 1,
            cancel);

    static void Insert(Connection db, SkillVersion skill) =>
        db.Query("INSERT INTO skill_versions (org, name, version, digest, definition, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
            .Bind(skill.Org).Bind(skill.Name).Bind(skill.Version).Bind(skill.Digest).Bind(skill.Definition).Bind(skill.CreatedAt)
            .Run();

    static SkillVersion Current(Statement row) =>
        new(row.Text(), row.Text(), row.Long(), row.Text(), row.Text(), row.Instant());
}
