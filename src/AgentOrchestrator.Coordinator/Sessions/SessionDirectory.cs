using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Coordinator.Sessions;

/// <summary>Sessions as executors and dashboards write them: posted, bound, patched.</summary>
public sealed class SessionDirectory(ISessionStore sessions)
{
    /// <summary>A session that was not queued here; or the executor's id of one that is running under that name.</summary>
    public async Task<Outcome<Session>> CreateAsync(
        string org, CreateSession request, IdempotencyKey? key, CancellationToken cancel)
    {
        var posted = Accept(org, request);
        try
        {
            var outcome = await sessions.CreateAsync(posted, key, cancel).ConfigureAwait(false);
            return outcome.Value is { ProjectDir: null } bound && posted.ProjectDir is { } folder && bound.SessionId != posted.SessionId
                ? outcome with { Value = await TakeFolderAsync(bound, folder, cancel).ConfigureAwait(false) }
                : outcome;
        }
        catch (ProductException taken) when (taken.Reason is "session_exists")
        {
            throw new ProductException(ErrorCode.Conflict, "Session already exists", taken.Reason, taken);
        }
    }

    /// <exception cref="ProductException">Invalid; NotFound; Conflict when the new name is taken.</exception>
    public Task<Session> PatchAsync(string org, string idOrName, PatchSession request, CancellationToken cancel) =>
        sessions.UpdateAsync(
            org,
            idOrName,
            new SessionPatch
            {
                Name = CheckName(request.SessionName, "session_name"),
                ProjectDir = FreeText.Check(request.ProjectDir, "project_dir", FreeText.MaxPathLength),
                AgentName = CheckName(request.AgentName, "agent_name"),
                LastResumedAt = request.LastResumedAt,
                ExecutorSessionId = FreeText.Check(request.ExecutorSessionId, "executor_session_id", FreeText.MaxLabelLength),
                ExecutorType = FreeText.Check(request.ExecutorType ?? request.ExecutorProfile, "executor_type", FreeText.MaxLabelLength),
                Hostname = FreeText.Check(request.Hostname, "hostname", FreeText.MaxLabelLength),
            },
            cancel);

    /// <summary>Keeps where the conversation lives, so that a resume goes back to it.</summary>
    public Task<Session> BindAsync(string org, string idOrName, BindSession request, CancellationToken cancel) =>
        sessions.UpdateAsync(
            org,
            idOrName,
            new SessionPatch
            {
                ExecutorSessionId = FreeText.Require(request.ExecutorSessionId, "executor_session_id", FreeText.MaxLabelLength),
                Hostname = FreeText.Require(request.Hostname, "hostname", FreeText.MaxLabelLength),
                ExecutorType = FreeText.Require(
                    request.ExecutorType ?? request.ExecutorProfile, "executor_type", FreeText.MaxLabelLength),
                ProjectDir = FreeText.Check(request.ProjectDir, "project_dir", FreeText.MaxPathLength),
                StatusWithoutRuns = SessionStatus.Running,
            },
            cancel);

    static NewSession Accept(string org, CreateSession request)
    {
        var sessionId = Names.Require(request.SessionId, "session_id");
        var parent = request.ParentSessionId ?? request.ParentSessionName;
        return new NewSession
        {
            Org = org,
            SessionId = sessionId,
            Name = request.SessionName is { } name ? Names.Require(name, "session_name") : sessionId,
            ProjectDir = FreeText.Check(request.ProjectDir, "project_dir", FreeText.MaxPathLength),
            AgentName = CheckName(request.AgentName, "agent_name"),
            Parent = CheckName(parent, "parent_session_id"),
            ExecutionMode = request.ExecutionMode
                ?? (request.ParentSessionId is null && parent is not null ? ExecutionMode.AsyncCallback : ExecutionMode.Sync),
        };
    }

    /// <summary>The executor knows where it works when the request for the run left it open.</summary>
    Task<Session> TakeFolderAsync(Session bound, string folder, CancellationToken cancel) =>
        sessions.UpdateAsync(bound.Org, bound.SessionId, new SessionPatch { ProjectDir = folder }, cancel);

    static string? CheckName(string? name, string field) => name is null ? null : Names.Require(name, field);
}
