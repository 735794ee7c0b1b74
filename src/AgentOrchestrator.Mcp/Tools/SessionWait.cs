using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Mcp.Tools;

/// <summary>Waits, for a while, until nothing of a session is queued or works.</summary>
static class SessionWait
{
    public static async Task<SessionStatusAnswer> ForRestAsync(ToolCall call, string session, TimeSpan patience)
    {
        var now = await call.Client.Sessions.GetStatusAsync(session, call.Cancel).ConfigureAwait(false);
        if (patience == TimeSpan.Zero || !IsBusy(now.Status))
        {
            return now;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(call.Cancel);
        limit.CancelAfter(patience);
        try
        {
            var seen = await call.Client.Sessions.GetAsync(session, limit.Token).ConfigureAwait(false);
            await FollowAsync(call, seen, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!call.Cancel.IsCancellationRequested)
        {
            // It works for longer than the caller would wait.
        }

        return await call.Client.Sessions.GetStatusAsync(session, call.Cancel).ConfigureAwait(false);
    }

    static async Task FollowAsync(ToolCall call, SessionView seen, CancellationToken limit)
    {
        await foreach (var frame in call.Client.Sessions.FollowAsync(seen.SessionId, seen.LastSeq, cancel: limit).ConfigureAwait(false))
        {
            await call.Progress.TellAsync(frame, limit).ConfigureAwait(false);
            // The first frame is the session as it stands.
            if (frame is FeedFrame.Deleted || (frame is FeedFrame.Changed { Session: var session } && !IsBusy(session.Status)))
            {
                return;
            }
        }
    }

    static bool IsBusy(SessionStatus status) => status is SessionStatus.Pending or SessionStatus.Running or SessionStatus.Stopping;

    static bool IsBusy(string status) => status is "pending" or "running" or "stopping";
}
