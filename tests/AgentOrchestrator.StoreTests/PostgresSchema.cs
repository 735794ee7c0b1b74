using AgentOrchestrator.Protocol;
using Npgsql;

namespace AgentOrchestrator.StoreTests;

/// <summary>A schema of its own in the PostgreSQL server of the tests.</summary>
public sealed class PostgresSchema : IAsyncDisposable
{
    PostgresSchema(string server)
    {
        Address = new NpgsqlConnectionStringBuilder(server)
        {
            SearchPath = Name,
            ApplicationName = Name,
            MaxPoolSize = 30,
            // For a connection of the pool: on a busy machine a storm of writes waits that long for one.
            Timeout = 120,
        }.ConnectionString;
    }

    public string Name { get; } = Ids.New("test_", 12);

    /// <summary>What a process is given to keep its data there.</summary>
    public string Address { get; }

    public static async Task<PostgresSchema> CreateAsync()
    {
        var schema = new PostgresSchema(TestPostgres.Require());
        await schema.ExecuteAsync($"CREATE SCHEMA {schema.Name}");
        return schema;
    }

    public async ValueTask DisposeAsync() => await ExecuteAsync($"DROP SCHEMA {Name} CASCADE");

    /// <summary>Runs SQL of a test's own, in the schema.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Address) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
