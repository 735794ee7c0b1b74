namespace AgentOrchestrator.Coordinator.Skills;

/// <summary>Runs of skills that have ended. Each verb is one transaction.</summary>
public interface ISkillExecutionStore
{
    Task NoteAsync(SkillExecutionRecord execution, CancellationToken cancel);

    Task<NotedSkillExecution?> FindAsync(string org, string executionId, CancellationToken cancel);

    /// <summary>Newest first.</summary>
    /// <param name="beforeSeq">Those that were noted earlier; null for the newest.</param>
    Task<IReadOnlyList<NotedSkillExecution>> ListAsync(string org, SkillExecutionFilter filter, long? beforeSeq, int limit, CancellationToken cancel);

    /// <summary>Forgets at most <paramref name="limit"/> of all orgs that were noted longer ago, and says how many.</summary>
    Task<int> ForgetAsync(TimeSpan age, int limit, CancellationToken cancel);
}

/// <summary>One run of a skill: what, for whom, who asked, and what came of it.</summary>
/// <param name="Actor">Who asked, as the audit names it.</param>
/// <param name="Body">The <see cref="Protocol.Skills.SkillExecution"/> as JSON.</param>
public sealed record SkillExecutionRecord(
    string Org, string ExecutionId, string Skill, string Agent, string? RunId, string? SessionId, string Actor, DateTimeOffset StartedAt, string Body);

/// <param name="Seq">Rises with each that is noted, of all orgs.</param>
public sealed record NotedSkillExecution(long Seq, SkillExecutionRecord Execution);

/// <summary>Which runs of skills; null for any.</summary>
public sealed record SkillExecutionFilter(string? Skill = null, string? Agent = null, string? RunId = null);
