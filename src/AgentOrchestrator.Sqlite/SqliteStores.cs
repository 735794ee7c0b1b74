using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Sqlite.Access;
using AgentOrchestrator.Sqlite.Agents;
using AgentOrchestrator.Sqlite.Audit;
using AgentOrchestrator.Sqlite.Archives;
using AgentOrchestrator.Sqlite.Documents;
using AgentOrchestrator.Sqlite.Memory;
using AgentOrchestrator.Sqlite.Rooms;
using AgentOrchestrator.Sqlite.Runners;
using AgentOrchestrator.Sqlite.Runs;
using AgentOrchestrator.Sqlite.Sessions;
using AgentOrchestrator.Sqlite.Skills;
using AgentOrchestrator.Sqlite.Tools;

namespace AgentOrchestrator.Sqlite;

/// <summary>The stores on one SQLite file, <c>observability.db</c> in the data folder.</summary>
public static class SqliteStores
{
    /// <summary>Makes the stores; nothing is touched before <see cref="IDatabase.OpenAsync"/>.</summary>
    /// <param name="sink">Told of every commit, in order, on the writer's thread.</param>
    public static Stores Open(string dataDir, IChangeSink sink, CoordinatorOptions options, TimeProvider time)
    {
        var database = new SqliteDatabase(Path.GetFullPath(dataDir), options.DiskReserve, sink, time);
        return new Stores(
            database,
            new SqliteSessionStore(database, options),
            new SqliteRetentionStore(database, options),
            new SqliteArchiveStore(database, options),
            new SqliteRunStore(database, options),
            new SqliteRunnerStore(database, options),
            new SqliteAgentStore(database, options),
            new SqliteSkillStore(database),
            new SqliteSkillExecutionStore(database),
            new SqliteTokenStore(database),
            new SqliteAuditStore(database, options),
            new SqliteMemoryStore(database),
            new SqliteDocumentStore(database),
            new SqliteContentStore(database),
            new SqliteRelationStore(database),
            new SqlitePassageStore(database),
            new SqliteToolStore(database),
            new SqliteRoomStore(database, options));
    }
}
