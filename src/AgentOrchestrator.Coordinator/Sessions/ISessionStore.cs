namespace AgentOrchestrator.Coordinator.Sessions;

/// <summary>Sessions and their logs. Each verb is one transaction; when it returns, its effect is on disk.</summary>
/// <remarks>
/// A session is found by id, by name without regard to case, or by its executor's id, in that order.
/// Sequences are taken from the session's row in the statement that inserts: 1..n, no gaps, no repeats.
/// </remarks>
public interface ISessionStore
{
    /// <summary>Creates the session; or, when its name belongs to a session with a live run, binds the given id to that as the executor's.</summary>
    /// <exception cref="Protocol.ProductException">Conflict when id or name is taken; NotFound when the parent does not exist.</exception>
    Task<Outcome<Session>> CreateAsync(NewSession session, IdempotencyKey? key, CancellationToken cancel);

    Task<Session?> FindAsync(string org, string idOrName, CancellationToken cancel);

    /// <summary>Streams sessions, newest created first.</summary>
    IAsyncEnumerable<Session> ListAsync(string org, SessionQuery query, CancellationToken cancel);

    /// <summary>Appends in order. With <paramref name="create"/> a missing session is made first, in the same transaction.</summary>
    /// <exception cref="Protocol.ProductException">NotFound when the session does not exist.</exception>
    Task<Outcome<Appended>> AppendAsync(
        string org, string idOrName, IReadOnlyList<NewEvent> events, NewSession? create, IdempotencyKey? key, CancellationToken cancel);

    /// <summary>Entries with a sequence above <paramref name="afterSeq"/>, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<LogEntry>> ReadAsync(string org, string sessionId, long afterSeq, int limit, CancellationToken cancel);

    /// <summary>The newest entry that a result can be read from, of the session's latest run.</summary>
    Task<LogEntry?> FindResultAsync(string org, string sessionId, CancellationToken cancel);

    /// <exception cref="Protocol.ProductException">NotFound; Conflict when the new name is taken.</exception>
    Task<Session> UpdateAsync(string org, string idOrName, SessionPatch patch, CancellationToken cancel);

    /// <summary>Removes the session, its events and its ended or unclaimed runs; its children lose their parent.</summary>
    /// <remarks>Sessions below it that follow their parents' ends are stopped. Queued runs end as stopped first, so that their parents are told. Callbacks that waited for it are dropped in its children's logs.</remarks>
    /// <returns>Null when there is no such session.</returns>
    /// <exception cref="Protocol.ProductException">Conflict while a run of it is live: stop it first.</exception>
    Task<DeletedSession?> DeleteAsync(string org, string idOrName, CancellationToken cancel);
}
