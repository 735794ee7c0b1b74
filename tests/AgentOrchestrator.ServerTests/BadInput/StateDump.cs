using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;

namespace AgentOrchestrator.ServerTests.BadInput;

/// <summary>
/// A digest of everything that a server keeps: every row of every table, every file of the agents' folder. But for the audit, which is there to
/// remember refusals.
/// </summary>
sealed class StateDump(string database, string agentsDir) : IDisposable
{
    readonly SqliteConnection _connection = Open(database);

    public string Take()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var table in Rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'audit%' ORDER BY name"))
        {
            foreach (var row in Rows($"SELECT * FROM \"{table}\" ORDER BY 1, 2"))
            {
                hash.AppendData(Encoding.UTF8.GetBytes($"{table}|{row}\n"));
            }
        }

        foreach (var file in Directory.EnumerateFiles(agentsDir, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(file));
            hash.AppendData(File.ReadAllBytes(file));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>What was said in rooms goes to agents in its own time: waits until it has, so that no later request is blamed for it.</summary>
    public Task SettleAsync() => Eventually.TrueAsync(
        () => Rows("SELECT 1 FROM rooms r JOIN sessions s ON s.org = r.org AND s.session_id = r.room_id WHERE s.last_seq > r.routed_seq").Count == 0,
        "rooms have routed what was said in them", TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

    public void Dispose() => _connection.Dispose();

    static SqliteConnection Open(string database)
    {
        var connection = new SqliteConnection($"Data Source={database};Mode=ReadOnly;Pooling=False");
        connection.Open();
        return connection;
    }

    List<string> Rows(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.GetValue(i) is byte[] blob
                ? Convert.ToHexString(blob)
                : reader.GetValue(i).ToString())));
        }

        return rows;
    }
}
