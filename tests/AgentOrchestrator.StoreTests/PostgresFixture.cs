using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Postgres;
using AgentOrchestrator.Protocol;
using Npgsql;

namespace AgentOrchestrator.StoreTests;

/// <summary>A schema of its own in the PostgreSQL server of the tests.</summary>
public sealed class PostgresFixture : StoreFixture
{
    string? _server;

    /// <summary>True where the database's own clock is to count, as in production.</summary>
    public bool UsesDatabaseClock { get; init; }

    public string Schema { get; } = Ids.New("test_", 12);

    /// <summary>How other processes would reach the same data.</summary>
    public string Address => new NpgsqlConnectionStringBuilder(_server)
    {
        SearchPath = Schema,
        ApplicationName = Schema,
        MaxPoolSize = 30,
        // For a connection of the pool: on a busy machine a storm of writes waits that long for one.
        Timeout = 120,
    }.ConnectionString;

    protected override async Task CreateAsync()
    {
        _server = TestPostgres.Require();
        await ExecuteAsync($"CREATE SCHEMA {Schema}");
    }

    protected override Stores Connect() =>
        PostgresStores.Open(Address, Sink, Options, UsesDatabaseClock ? TimeProvider.System : Time);

    protected override async Task RemoveAsync()
    {
        if (_server is not null)
        {
            await ExecuteAsync($"DROP SCHEMA {Schema} CASCADE");
        }
    }

    /// <summary>Runs SQL of a test's own, in the schema.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Address) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
