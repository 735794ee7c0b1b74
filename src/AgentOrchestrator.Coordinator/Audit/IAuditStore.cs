namespace AgentOrchestrator.Coordinator.Audit;

/// <summary>The chain of an org's acts: only ever appended to, and cut at its old end.</summary>
public interface IAuditStore
{
    /// <summary>Appends in order, in one transaction, and prunes what is beyond <see cref="CoordinatorOptions.AuditEntries"/>.</summary>
    Task AppendAsync(string org, IReadOnlyList<AuditFact> facts, CancellationToken cancel);

    Task<AuditHead> FindHeadAsync(string org, CancellationToken cancel);

    /// <summary>Entries above a sequence, oldest first.</summary>
    Task<IReadOnlyList<AuditEntry>> ReadAsync(string org, long afterSeq, int limit, CancellationToken cancel);

    /// <summary>Entries below a sequence, newest first; from the end where null.</summary>
    Task<IReadOnlyList<AuditEntry>> ReadBackAsync(string org, long? beforeSeq, int limit, CancellationToken cancel);
}
