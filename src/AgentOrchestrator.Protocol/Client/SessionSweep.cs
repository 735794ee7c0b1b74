using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Protocol.Client;

/// <summary>What became of sessions that were to be deleted.</summary>
/// <param name="Working">The names of those that stay: they work, or are above one that does.</param>
public sealed record SessionsDeleted(int Removed, IReadOnlyList<string> Working);

/// <summary>Deletes the sessions that are at rest.</summary>
sealed class SessionSweep(SessionsClient client)
{
    public async Task<SessionsDeleted> RunAsync(IReadOnlyList<SessionView> sessions, CancellationToken cancel)
    {
        var removed = 0;
        var working = new List<string>();
        var kept = AboveWorking(sessions);
        foreach (var session in sessions)
        {
            if (kept.Contains(session.SessionId))
            {
                working.Add(session.SessionName);
                continue;
            }

            try
            {
                await client.DeleteAsync(session.SessionId, cancel).ConfigureAwait(false);
                removed++;
            }
            catch (ProductException e) when (e.Code is ErrorCode.Conflict)
            {
                working.Add(session.SessionName);
            }
            catch (ProductException e) when (e.Code is ErrorCode.NotFound)
            {
                // Somebody else deleted it since the list was read.
            }
        }

        return new SessionsDeleted(removed, working);
    }

    /// <summary>The sessions above those that work: the end of a parent would stop its children.</summary>
    static HashSet<string> AboveWorking(IReadOnlyList<SessionView> sessions)
    {
        var byId = sessions.ToDictionary(session => session.SessionId);
        var kept = new HashSet<string>();
        foreach (var session in sessions.Where(session => session.Status is SessionStatus.Running or SessionStatus.Stopping))
        {
            var next = byId.GetValueOrDefault(session.ParentSessionId ?? "");
            while (next is not null && kept.Add(next.SessionId))
            {
                next = byId.GetValueOrDefault(next.ParentSessionId ?? "");
            }
        }

        return kept;
    }
}
