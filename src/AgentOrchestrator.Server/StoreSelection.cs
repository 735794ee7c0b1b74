using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Postgres;
using AgentOrchestrator.Sqlite;

namespace AgentOrchestrator.Server;

/// <summary>PostgreSQL where a URL names one, else SQLite in the data folder.</summary>
static class StoreSelection
{
    public static Stores Open(ServerOptions options, IChangeSink changes, TimeProvider time) =>
        options.Database is null
            ? SqliteStores.Open(options.DataDir, changes, options.Coordinator, time)
            : PostgresStores.Open(options.Database, changes, options.Coordinator, time);
}
