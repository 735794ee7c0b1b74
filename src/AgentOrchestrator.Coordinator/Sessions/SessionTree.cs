using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Coordinator.Sessions;

/// <summary>A session among those below another one.</summary>
public sealed record TreeNode(string SessionId, string ParentSessionId, SessionStatus Status);

/// <summary>Trees of sessions: what a stop of one does to those below it, and where they may not grow.</summary>
public static class SessionTree
{
    /// <summary>Ends walks through the generations, should parents ever form a ring.</summary>
    public const int MaxGenerations = 64;

    public static bool IsOpen(SessionStatus status) =>
        status is SessionStatus.Pending or SessionStatus.Running or SessionStatus.Stopping;

    /// <summary>
    /// Those to stop: the ones that work or are queued, and the ones that only wait for them, whose callbacks would resume them.
    /// </summary>
    /// <param name="below">All that a stop reaches, parents before their children.</param>
    public static IReadOnlyList<TreeNode> ToStop(IReadOnlyList<TreeNode> below)
    {
        var waited = new HashSet<string>();
        for (var i = below.Count - 1; i >= 0; i--)
        {
            if (IsOpen(below[i].Status) || waited.Contains(below[i].SessionId))
            {
                waited.Add(below[i].ParentSessionId);
            }
        }

        return [.. below.Where(node => IsOpen(node.Status) || waited.Contains(node.SessionId))];
    }
}
