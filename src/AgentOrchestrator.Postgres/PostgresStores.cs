using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Postgres.Access;
using AgentOrchestrator.Postgres.Agents;
using AgentOrchestrator.Postgres.Audit;
using AgentOrchestrator.Postgres.Archives;
using AgentOrchestrator.Postgres.Documents;
using AgentOrchestrator.Postgres.Memory;
using AgentOrchestrator.Postgres.Rooms;
using AgentOrchestrator.Postgres.Runners;
using AgentOrchestrator.Postgres.Runs;
using AgentOrchestrator.Postgres.Sessions;
using AgentOrchestrator.Postgres.Skills;
using AgentOrchestrator.Postgres.Tools;
using AgentOrchestrator.Protocol;
using Npgsql;

namespace AgentOrchestrator.Postgres;

/// <summary>The stores on PostgreSQL, which several nodes may share.</summary>
public static class PostgresStores
{
    /// <param name="address">A <c>postgresql://</c> URL or an Npgsql connection string.</param>
    /// <param name="sink">Told what this process commits, and hints of what other nodes commit.</param>
    /// <param name="time">Any but <see cref="TimeProvider.System"/> replaces the database's clock, for tests.</param>
    /// <exception cref="ProductException">Invalid when the address cannot be read.</exception>
    public static Stores Open(string address, IChangeSink sink, CoordinatorOptions options, TimeProvider time)
    {
        // The name is what its metrics show; by itself it would be the connection string.
        var source = new NpgsqlDataSourceBuilder(ConnectionText.Parse(address).ConnectionString) { Name = Ids.New("pool_", 6) }.Build();
        var database = new PostgresDatabase(source, sink, time);
        return new Stores(
            database,
            new PostgresSessionStore(database, options),
            new PostgresRetentionStore(database, options),
            new PostgresArchiveStore(database),
            new PostgresRunStore(database, options),
            new PostgresRunnerStore(database, options),
            new PostgresAgentStore(database, options),
            new PostgresSkillStore(database),
            new PostgresSkillExecutionStore(database),
            new PostgresTokenStore(database),
            new PostgresAuditStore(database, options),
            new PostgresMemoryStore(database),
            new PostgresDocumentStore(database),
            new PostgresContentStore(database),
            new PostgresRelationStore(database),
            new PostgresPassageStore(database),
            new PostgresToolStore(database),
            new PostgresRoomStore(database, options));
    }
}
