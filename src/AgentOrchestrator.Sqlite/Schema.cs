using System.Globalization;
using AgentOrchestrator.Protocol;
using SQLitePCL;

namespace AgentOrchestrator.Sqlite;

/// <summary>What a database file holds, and the way from there to the newest schema; forward only.</summary>
static class Schema
{
    // "AOrc": tells our databases from every other program's.
    const long ApplicationId = 0x414F7263;

    static readonly string[] s_migrations =
    [
        .. typeof(Schema).Assembly.GetManifestResourceNames()
            .Where(name => name.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
    ];

    /// <summary>Reads only; a file that is refused stays as it is.</summary>
    /// <exception cref="ProductException">Unavailable, with what the file is and what to do.</exception>
    public static void RequireOurs(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length == 0)
        {
            return;
        }

        try
        {
            using var connection = Connection.Open(path, OpenMode.Look);
            Judge(connection, path);
        }
        catch (SqliteError error) when (error.PrimaryCode == raw.SQLITE_NOTADB)
        {
            throw Refusal(path, "is not a SQLite database", error);
        }
        catch (SqliteError error) when (error.PrimaryCode == raw.SQLITE_CORRUPT)
        {
            throw Refusal(path, "is damaged; restore a backup of it", error);
        }
        catch (SqliteError error)
        {
            throw new ProductException(
                ErrorCode.Unavailable, $"The database '{path}' cannot be opened; check that this user may read and write it", inner: error);
        }
    }

    public static void Migrate(Connection connection)
    {
        for (var version = Version(connection); version < s_migrations.Length; version++)
        {
            using var script = new StreamReader(typeof(Schema).Assembly.GetManifestResourceStream(s_migrations[version])!);
            connection.Execute(string.Create(
                CultureInfo.InvariantCulture,
                $"""
                BEGIN IMMEDIATE;
                {script.ReadToEnd()}
                PRAGMA application_id = {ApplicationId};
                PRAGMA user_version = {version + 1};
                COMMIT;
                """));
        }
    }

    static int Version(Connection connection) => (int)connection.ReadLong("PRAGMA user_version");

    static void Judge(Connection connection, string path)
    {
        if (connection.ReadLong("PRAGMA application_id") == ApplicationId)
        {
            if (Version(connection) > s_migrations.Length)
            {
                throw Refusal(
                    path, $"was written by a newer version (schema {Version(connection)}, this one knows {s_migrations.Length}); install that");
            }
        }
        else if (Has(connection, "sessions") && Has(connection, "events"))
        {
            var era = Has(connection, "runs") ? "the Python agent coordinator" : "the Python agent runtime";
            throw Refusal(path, $"belongs to {era}, the predecessor of this server; start with another folder");
        }
        else if (connection.ReadLong("SELECT count(*) FROM sqlite_master") > 0)
        {
            throw Refusal(path, "belongs to another program; start with another folder");
        }
    }

    static bool Has(Connection connection, string table)
    {
        using var row = connection.Query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").Bind(table);
        return row.Read();
    }

    static ProductException Refusal(string path, string finding, Exception? inner = null) =>
        new(ErrorCode.Unavailable, $"'{path}' {finding}; --data DIR names the folder. The file was left as it is", inner: inner);
}
