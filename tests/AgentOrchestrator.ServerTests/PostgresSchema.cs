using AgentOrchestrator.Protocol;
using AgentOrchestrator.StoreTests;
using Npgsql;

namespace AgentOrchestrator.ServerTests;

/// <summary>A schema of its own in the PostgreSQL server of the tests.</summary>
sealed class PostgresSchema : IAsyncDisposable
{
    readonly string _server = TestPostgres.Require();
    readonly string _name = Ids.New("test_", 12);

    /// <summary>What a server is given to keep its data there.</summary>
    public string Address =>
        new NpgsqlConnectionStringBuilder(_server) { SearchPath = _name, ApplicationName = _name, MaxPoolSize = 20 }.ConnectionString;

    public static async Task<PostgresSchema> CreateAsync()
    {
        var schema = new PostgresSchema();
        await schema.ExecuteAsync($"CREATE SCHEMA {schema._name}");
        return schema;
    }

    public async ValueTask DisposeAsync() => await ExecuteAsync($"DROP SCHEMA {_name} CASCADE");

    async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_server) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
