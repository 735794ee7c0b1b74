using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Server.Runs;

/// <summary>What the wire shows of runs.</summary>
static class RunViews
{
    public static RunView ToView(this Run run) => new()
    {
        RunId = run.RunId,
        Type = run.Type,
        SessionId = run.SessionId,
        SessionName = run.SessionName,
        AgentName = run.AgentName,
        AgentRevision = run.AgentRevision,
        Prompt = run.Prompt,
        ProjectDir = run.ProjectDir,
        ParentSessionId = run.ParentSessionId,
        ParentSessionName = run.ParentName,
        ExecutionMode = run.ExecutionMode,
        Demands = run.Demands,
        Status = Shown(run.Status),
        WaitingReason = run.WaitingReason,
        RunnerId = run.RunnerId,
        Error = run.Error,
        Reason = run.Reason,
        ExitCode = run.ExitCode,
        Attempt = run.Attempt,
        RetryOf = run.RetryOf,
        RetryNumber = run.RetryNumber,
        CreatedAt = run.CreatedAt,
        ClaimedAt = run.ClaimedAt,
        StartedAt = run.StartedAt,
        CompletedAt = run.CompletedAt,
        TimeoutAt = run.TimeoutAt,
        Priority = run.Priority,
        TimeoutSeconds = run.TimeoutSeconds,
        DeadlineAt = run.DeadlineAt,
        NotBefore = run.NotBefore,
        ExpiresAt = run.ExpiresAt,
        UseMemory = run.UseMemory,
        ResultText = run.ResultText,
        ResultData = run.ResultData,
        Usage = run.Usage,
    };

    /// <summary>Older clients know no waiting; the reason stands beside it.</summary>
    public static RunStatus Shown(RunStatus status) => status is RunStatus.Waiting ? RunStatus.Running : status;
}
