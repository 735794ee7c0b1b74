using System.Globalization;
using AgentOrchestrator.Protocol;
using Npgsql;

namespace AgentOrchestrator.Postgres;

/// <summary>Brings the schema up to date: the numbered files of Migrations, each once, forward only.</summary>
static class Schema
{
    // Any number, the same in every process: several nodes that start at once migrate one after the other.
    const long MigrationLock = 7_265_114_093;

    /// <exception cref="ProductException">Unavailable when the schema is newer than this program.</exception>
    public static async Task MigrateAsync(NpgsqlDataSource source, CancellationToken cancel)
    {
        await using var connection = await source.OpenConnectionAsync(cancel).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancel).ConfigureAwait(false);
        await ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock({MigrationLock})", cancel).ConfigureAwait(false);
        await ExecuteAsync(
            connection,
            "CREATE TABLE IF NOT EXISTS schema_migrations (version bigint PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL)",
            cancel).ConfigureAwait(false);

        var current = await CurrentAsync(connection, cancel).ConfigureAwait(false);
        var migrations = All();
        if (current > migrations[^1].Version)
        {
            throw new ProductException(
                ErrorCode.Unavailable,
                $"The database has schema {current}, and this program knows only {migrations[^1].Version}; start a newer program");
        }

        foreach (var (version, name, sql) in migrations.Where(migration => migration.Version > current))
        {
            await ExecuteAsync(connection, sql, cancel).ConfigureAwait(false);
            await using var note = new NpgsqlCommand("INSERT INTO schema_migrations VALUES ($1, $2, clock_timestamp())", connection)
            {
                Parameters = { new() { Value = version }, new() { Value = name } },
            };
            await note.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        }

        await transaction.CommitAsync(cancel).ConfigureAwait(false);
    }

    static async Task<long> CurrentAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("SELECT COALESCE(max(version), 0) FROM schema_migrations", connection);
        return (long)(await command.ExecuteScalarAsync(cancel).ConfigureAwait(false))!;
    }

    static List<(long Version, string Name, string Sql)> All()
    {
        const string Folder = "AgentOrchestrator.Postgres.Migrations.";
        var assembly = typeof(Schema).Assembly;
        var migrations = new List<(long, string, string)>();
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).Order())
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            var name = resource[Folder.Length..^".sql".Length];
            migrations.Add((long.Parse(name.AsSpan(0, 4), CultureInfo.InvariantCulture), name, reader.ReadToEnd()));
        }

        return migrations;
    }

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }
}
