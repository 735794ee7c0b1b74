using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Coordinator;

/// <summary>The database behind the stores: opened, migrated and asked for its health by the host.</summary>
public interface IDatabase : IAsyncDisposable
{
    /// <summary>Takes the data for this process and brings the schema up to date; forward only.</summary>
    /// <exception cref="ProductException">Unavailable, saying what is wrong and what to do: in use, newer schema, not a database.</exception>
    Task OpenAsync(CancellationToken cancel);

    /// <summary>Why it does not take new work just now; null when a read succeeds and writes are accepted.</summary>
    Task<ProductException?> FindTroubleAsync(CancellationToken cancel);

    /// <summary>Completes when the disk has failed: nothing is acknowledged from then on, and only another process can go on with the data.</summary>
    Task<ProductException> Failure { get; }

    /// <summary>Length of the write-ahead log in bytes; null where the database keeps it to itself.</summary>
    long? LogBytes { get; }
}

/// <summary>The stores of one database.</summary>
public sealed record Stores(
    IDatabase Database,
    Sessions.ISessionStore Sessions,
    Sessions.IRetentionStore Retention,
    Archives.IArchiveStore Archives,
    Runs.IRunStore Runs,
    Runners.IRunnerStore Runners,
    Agents.IAgentStore Agents,
    Skills.ISkillStore Skills,
    Skills.ISkillExecutionStore SkillExecutions,
    Access.ITokenStore Tokens,
    Audit.IAuditStore Audit,
    Memory.IMemoryStore Memories,
    Documents.IDocumentStore Documents,
    Documents.IContentStore Contents,
    Documents.IRelationStore Relations,
    Documents.IPassageStore Passages,
    Tools.IToolStore Tools,
    Rooms.IRoomStore Rooms);
