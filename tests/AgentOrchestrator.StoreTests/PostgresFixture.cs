using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Postgres;

namespace AgentOrchestrator.StoreTests;

/// <summary>A schema of its own in the PostgreSQL server of the tests.</summary>
public sealed class PostgresFixture : StoreFixture
{
    PostgresSchema? _schema;

    /// <summary>True where the database's own clock is to count, as in production.</summary>
    public bool UsesDatabaseClock { get; init; }

    public string Schema => Made.Name;

    /// <summary>How other processes would reach the same data.</summary>
    public string Address => Made.Address;

    PostgresSchema Made => _schema ?? throw new InvalidOperationException("It is not started.");

    /// <summary>Runs SQL of a test's own, in the schema.</summary>
    public Task ExecuteAsync(string sql) => Made.ExecuteAsync(sql);

    protected override async Task CreateAsync() => _schema = await PostgresSchema.CreateAsync();

    protected override Stores Connect() =>
        PostgresStores.Open(Address, Sink, Options, UsesDatabaseClock ? TimeProvider.System : Time);

    protected override async Task RemoveAsync()
    {
        if (_schema is not null)
        {
            await _schema.DisposeAsync();
        }
    }
}
