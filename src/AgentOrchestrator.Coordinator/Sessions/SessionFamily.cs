using System.Runtime.CompilerServices;

namespace AgentOrchestrator.Coordinator.Sessions;

/// <summary>Which sessions an agent may touch: its own, and what it and its children started.</summary>
public sealed class SessionFamily(ISessionStore sessions)
{
    /// <summary>Ends the walk upwards should parents ever form a ring.</summary>
    const int MaxGenerations = 64;

    public async Task<bool> IsWithinAsync(Session session, string ancestorId, CancellationToken cancel)
    {
        var current = session;
        for (var generation = 0; current is not null && generation < MaxGenerations; generation++)
        {
            if (current.SessionId == ancestorId)
            {
                return true;
            }

            current = current.ParentSessionId is { } parent
                ? await sessions.FindAsync(session.Org, parent, cancel).ConfigureAwait(false)
                : null;
        }

        return false;
    }

    /// <summary>The session and all that descends from it, parents before their children.</summary>
    public async IAsyncEnumerable<Session> ListAsync(string org, string rootId, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (await sessions.FindAsync(org, rootId, cancel).ConfigureAwait(false) is not { } root)
        {
            yield break;
        }

        var seen = new HashSet<string> { root.SessionId };
        var parents = new Queue<string>(seen);
        yield return root;
        while (parents.TryDequeue(out var parent))
        {
            var query = new SessionQuery { ParentSessionId = parent };
            await foreach (var child in sessions.ListAsync(org, query, cancel).ConfigureAwait(false))
            {
                if (seen.Add(child.SessionId))
                {
                    parents.Enqueue(child.SessionId);
                    yield return child;
                }
            }
        }
    }
}
