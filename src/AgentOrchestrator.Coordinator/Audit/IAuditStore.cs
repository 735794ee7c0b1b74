namespace AgentOrchestrator.Coordinator.Audit;

/// <summary>The chain of an org's acts: only ever appended to, and cut at its old end.</summary>
/// <remarks>An act is kept beside the chain by the first transaction that it commits (<see cref="AuditIntent"/>), and goes when its entry is there.</remarks>
public interface IAuditStore
{
    /// <summary>
    /// Appends in order, in one transaction with the removal of the <paramref name="answered"/> acts, and prunes what is beyond
    /// <see cref="CoordinatorOptions.AuditEntries"/>.
    /// </summary>
    /// <param name="answered">Ids of the acts among these facts; ones that were never kept do no harm.</param>
    Task AppendAsync(string org, IReadOnlyList<AuditFact> facts, IReadOnlyList<string> answered, CancellationToken cancel);

    /// <summary>Keeps an act now, for one whose effect is not in the database.</summary>
    Task KeepAsync(AuditIntent intent, CancellationToken cancel);

    /// <summary>Makes entries of acts that a process left behind which ended before it wrote theirs.</summary>
    /// <param name="age">Where other processes share the database, only acts that are as old: a younger one may be about to have its entry.</param>
    Task<int> SettleAsync(TimeSpan age, CancellationToken cancel);

    Task<AuditHead> FindHeadAsync(string org, CancellationToken cancel);

    /// <summary>Entries above a sequence, oldest first.</summary>
    Task<IReadOnlyList<AuditEntry>> ReadAsync(string org, long afterSeq, int limit, CancellationToken cancel);

    /// <summary>Entries below a sequence, newest first; from the end where null.</summary>
    Task<IReadOnlyList<AuditEntry>> ReadBackAsync(string org, long? beforeSeq, int limit, CancellationToken cancel);
}
