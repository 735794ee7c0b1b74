namespace AgentOrchestrator.Coordinator;

/// <summary>The database behind the stores: opened, migrated and asked for its health by the host.</summary>
public interface IDatabase : IAsyncDisposable
{
    /// <summary>Takes the data for this process and brings the schema up to date; forward only.</summary>
    /// <exception cref="Protocol.ProductException">Unavailable, saying what is wrong and what to do: in use, newer schema, not a database.</exception>
    Task OpenAsync(CancellationToken cancel);

    /// <summary>Whether a read succeeds now and writes are accepted.</summary>
    Task<bool> IsReadyAsync(CancellationToken cancel);

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
    Access.ITokenStore Tokens,
    Audit.IAuditStore Audit);
