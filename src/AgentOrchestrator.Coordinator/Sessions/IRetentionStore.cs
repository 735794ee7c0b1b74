namespace AgentOrchestrator.Coordinator.Sessions;

/// <summary>Old logs: which there are, and how they give up space. Each verb is one transaction.</summary>
/// <remarks>
/// A session is at rest when neither it nor a child has a run that has not ended, no callback waits for it, and its newest entry is as old as
/// asked. Only sessions at rest are touched. Of a pruned range the log keeps the ends of runs, where the latest run began, what runs gave as
/// <c>result</c>, and the entry that the session's result is read from. The newest entry always stays, and sequences never start again.
/// </remarks>
public interface IRetentionStore
{
    /// <summary>What is on this server's disk; null where the database is looked after elsewhere.</summary>
    Task<StorageSize?> MeasureAsync(CancellationToken cancel);

    /// <summary>Logs at rest that go beyond the rule, the longest at rest first.</summary>
    Task<IReadOnlyList<PrunableLog>> FindPrunableAsync(PruneRule rule, int limit, CancellationToken cancel);

    /// <summary>Removes the next entries of the log, at most <paramref name="limit"/> sequences of them, if it is still at rest.</summary>
    /// <returns>Null when it is not, or when nothing is left to do up to <see cref="PrunableLog.To"/>.</returns>
    Task<PrunedPart?> PruneAsync(PrunableLog log, TimeSpan rest, int limit, CancellationToken cancel);

    /// <summary>Sessions at rest that have no children, the longest at rest first.</summary>
    Task<IReadOnlyList<PrunableLog>> FindRestingAsync(TimeSpan rest, int limit, CancellationToken cancel);

    /// <summary>Deletes the session as <see cref="ISessionStore.DeleteAsync"/> does, if it is still at rest and without children.</summary>
    Task<bool> RemoveAsync(PrunableLog log, TimeSpan rest, CancellationToken cancel);

    /// <summary>Gives a little of what pruning freed back to the file system.</summary>
    /// <param name="keepPages">So many free pages stay, for what is written next.</param>
    /// <returns>Whether there is more to give back.</returns>
    Task<bool> ShrinkAsync(int keepPages, CancellationToken cancel);
}

/// <param name="Data">Bytes in use, in the database and in files of large bodies; free pages do not count.</param>
/// <param name="Log">Bytes of the database's write-ahead log.</param>
public sealed record StorageSize(long Data, long Log);

/// <param name="Rest">How long nothing may have been written to a log.</param>
/// <param name="MaxAge">Logs that rest longer go whole; null for no such bound.</param>
/// <param name="MaxEvents">Of longer logs the oldest entries go; null for no such bound.</param>
public sealed record PruneRule(TimeSpan Rest, TimeSpan? MaxAge, long? MaxEvents);

/// <param name="To">The last sequence to prune.</param>
public sealed record PrunableLog(string Org, string SessionId, long To);

/// <param name="To">The last sequence that is pruned now.</param>
public sealed record PrunedPart(long To, int Events);
