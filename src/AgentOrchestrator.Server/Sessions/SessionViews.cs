using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Server.Sessions;

/// <summary>What the wire shows of sessions and of the entries of their logs.</summary>
static class SessionViews
{
    public static SessionView ToView(this Session session) => new()
    {
        SessionId = session.SessionId,
        SessionName = session.Name,
        Status = session.Status,
        CreatedAt = session.CreatedAt,
        ProjectDir = session.ProjectDir,
        AgentName = session.AgentName,
        LastResumedAt = session.LastResumedAt,
        ParentSessionId = session.ParentSessionId,
        ParentSessionName = session.ParentName,
        ExecutionMode = session.ExecutionMode,
        OnParentEnd = session.OnParentEnd,
        ExecutorSessionId = session.ExecutorSessionId,
        ExecutorType = session.ExecutorType,
        ExecutorProfile = session.ExecutorType,
        Hostname = session.Hostname,
        WaitingReason = session.WaitingReason,
        WhenBusy = session.WhenBusy,
        LastSeq = session.LastSeq,
        PrunedTo = session.PrunedTo,
        Kind = session.Kind,
    };

    public static EventView ToView(this LogEntry entry, string sessionId, string sessionName)
    {
        var fields = entry.ReadFields();
        return new EventView
        {
            Id = entry.Id,
            Seq = entry.Seq,
            SessionId = sessionId,
            SessionName = sessionName,
            EventType = entry.Type,
            Timestamp = entry.Timestamp,
            RecordedAt = entry.RecordedAt,
            RunId = entry.RunId,
            Actor = entry.Actor,
            ToolName = fields.ToolName,
            ToolUseId = fields.ToolUseId,
            ToolInput = fields.ToolInput,
            ToolOutput = fields.ToolOutput,
            Error = fields.Error,
            ExitCode = fields.ExitCode,
            Reason = fields.Reason,
            Role = fields.Role,
            Content = fields.Content,
            ResultText = fields.ResultText,
            ResultData = fields.ResultData,
            Usage = fields.Usage,
            Data = fields.Data,
        };
    }

    public static Affinity ToAffinity(this Session session) => new(
        session.SessionId, session.ExecutorSessionId, session.Hostname, session.ProjectDir, session.ExecutorType);
}
