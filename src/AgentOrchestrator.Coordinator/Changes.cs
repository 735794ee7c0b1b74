using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Coordinator.Runners;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol.Runners;

namespace AgentOrchestrator.Coordinator;

/// <summary>What a committed transaction changed. A hint: the tables are the truth, and losing one costs time only.</summary>
public abstract record Change(string Org);

public sealed record SessionCreated(Session Session) : Change(Session.Org);

public sealed record SessionUpdated(Session Session) : Change(Session.Org);

public sealed record SessionDeleted(string Org, string SessionId) : Change(Org);

/// <summary>Entries of one session in sequence order, as one transaction committed them.</summary>
public sealed record EventsAppended(string Org, string SessionId, string SessionName, IReadOnlyList<LogEntry> Entries)
    : Change(Org);

/// <summary>This session's log got entries, up to <paramref name="LastSeq"/>, that are not told one by one; read the log.</summary>
public sealed record LogGrew(string Org, string SessionId, long LastSeq) : Change(Org);

/// <summary>A run has become claimable, or may have.</summary>
/// <param name="Demands">Null as well where the sender does not know.</param>
public sealed record RunClaimable(string Org, string RunId, string? Executor, Protocol.Runs.Demands? Demands = null) : Change(Org);

/// <summary>An agent failed so often that its queued runs wait for a person.</summary>
public sealed record AgentQuarantined(Quarantine Quarantine) : Change(Quarantine.Org);

public sealed record RunChanged(Run Run) : Change(Run.Org);

/// <summary>A runner has something to be told: a stop, a deregistration.</summary>
public sealed record RunnerSignalled(string Org, string RunnerId) : Change(Org);

public sealed record RunnerChanged(string Org, string RunnerId) : Change(Org);

/// <summary>Text as a model writes it; not in the log and gone when missed.</summary>
public sealed record DeltasWritten(string Org, string SessionId, string RunId, IReadOnlyList<TextDelta> Deltas) : Change(Org);

/// <summary>Told by a store, after each commit and in commit order. Must return at once and never throw.</summary>
public interface IChangeSink
{
    void Committed(IReadOnlyList<Change> changes);

    /// <summary>As <see cref="Committed"/>, of what another process committed to the same database.</summary>
    void Heard(IReadOnlyList<Change> changes) => Committed(changes);
}
