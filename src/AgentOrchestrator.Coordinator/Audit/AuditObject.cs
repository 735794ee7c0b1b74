namespace AgentOrchestrator.Coordinator.Audit;

/// <summary>What acts are done to, of which the audit keeps how it stood before and after.</summary>
public enum AuditNoun { Session, Run, Agent, Token, Skill, Memory, Runner, Document }

/// <summary>One of them, by its id or name.</summary>
public sealed record AuditObject(AuditNoun Noun, string Key)
{
    /// <summary>What a transaction made for a request that named nothing: its run, or its session.</summary>
    public static AuditObject? Made(IEnumerable<Change> changes) =>
        changes.OfType<RunChanged>().FirstOrDefault() is { Run.RunId: var run } ? new AuditObject(AuditNoun.Run, run)
        : changes.OfType<SessionCreated>().FirstOrDefault() is { Session.SessionId: var session } ? new AuditObject(AuditNoun.Session, session)
        : null;
}
