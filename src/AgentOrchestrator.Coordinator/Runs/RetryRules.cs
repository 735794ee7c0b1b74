using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>Which ends of runs are followed by another attempt: a run of its own, of the same session and with the same prompt.</summary>
public static class RetryRules
{
    /// <summary>The run that follows this end; null when none does.</summary>
    /// <param name="end">As <see cref="RunEnd.From"/> gives it.</param>
    public static NewRun? After(Run run, RunEnd end) =>
        end is { Status: RunStatus.Failed, Reason: { } reason }
            && run.Retry is { MaxAttempts: { } attempts, On: { } reasons } policy
            && run.RetryNumber + 1 < attempts && reasons.Contains(reason)
            ? Again(run) with { Delay = policy.DelaySeconds is > 0 and var delay ? TimeSpan.FromSeconds(delay) : null, Actor = RunEvents.Coordinator }
            : null;

    /// <summary>Another attempt at what the run was asked, as it was asked.</summary>
    public static NewRun Again(Run run) => new()
    {
        Org = run.Org,
        RunId = Ids.NewRun(),
        Type = RunType.ResumeSession,
        Resumes = run.SessionId,
        Prompt = run.Prompt,
        ExecutionMode = run.ExecutionMode,
        ProjectDir = run.ProjectDir,
        AgentName = run.AgentName,
        AgentRevision = run.AgentRevision,
        Executor = run.Executor,
        Demands = run.Demands,
        Priority = run.Priority,
        AgentCap = run.AgentCap,
        TimeoutSeconds = run.TimeoutSeconds,
        QueueTimeout = run.ExpiresAt - (run.NotBefore ?? run.CreatedAt),
        Retry = run.Retry,
        UseMemory = run.UseMemory,
        TraceParent = run.TraceParent,
        RetryOf = run.RetryOf ?? run.RunId,
    };

    /// <summary>Whether a claim that was not started has been given back often enough.</summary>
    public static bool IsPoison(Run claimed, CoordinatorOptions options) => claimed.Attempt > options.MaxUnstartedClaims;

    /// <summary>How such a run ends.</summary>
    public static RunEnd Poison(Run claimed) => new(RunStatus.Failed, "unstarted", RunErrors.Unstarted(claimed.Attempt));
}
