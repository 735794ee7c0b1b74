namespace AgentOrchestrator.Coordinator.Audit;

/// <summary>One act that somebody asked for, and what came of it.</summary>
/// <param name="Actor">Role and id of the token, <c>owner:local</c> without authentication, <c>unknown</c> for none that holds.</param>
/// <param name="Source">The address that it came from.</param>
/// <param name="Route">The pattern of the route, not the path.</param>
/// <param name="Subject">What it was done to: ids and names from the path, or of what it made.</param>
/// <param name="Status">The HTTP status of the answer.</param>
/// <param name="Times">More than 1 for refusals that were alike.</param>
/// <param name="Digest">SHA-256 of the body that asked for it, in lower-case hex.</param>
/// <param name="Before">SHA-256 of the rows of what it was done to, before it; null where there were none.</param>
/// <param name="After">The same after it.</param>
public sealed record AuditFact(
    DateTimeOffset At, string Actor, string Source, string Method, string Route, string? Subject, int Status, long Times, string? Digest,
    string? Before = null, string? After = null);

/// <summary>A fact in its place in the chain.</summary>
public sealed record AuditEntry(long Seq, AuditFact Fact, string Hash);

/// <summary>The end of a chain, and where what is kept of it begins.</summary>
/// <param name="PrunedTo">The last sequence that was pruned, with its hash; 0 and empty for none.</param>
public sealed record AuditHead(long Seq, string Hash, long PrunedTo, string PrunedHash)
{
    public static AuditHead Empty { get; } = new(0, "", 0, "");
}
