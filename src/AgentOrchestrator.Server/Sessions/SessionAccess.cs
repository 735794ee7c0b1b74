using System.Runtime.CompilerServices;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Server.Access;

namespace AgentOrchestrator.Server.Sessions;

/// <summary>Which sessions a caller may touch: people and services all of their org, an agent its own and what descends from it.</summary>
sealed class SessionAccess(ISessionStore sessions, SessionFamily family)
{
    /// <exception cref="ProductException">NotFound, the same for a session of others as for none.</exception>
    public async Task<Session> RequireAsync(Principal caller, string idOrName, CancellationToken cancel)
    {
        var session = await sessions.FindAsync(caller.Org, idOrName, cancel);
        return session is not null && await IsOpenToAsync(caller, session, cancel) ? session : throw NotFound();
    }

    /// <summary>Before a verb that looks the session up itself: only agents cost a read.</summary>
    public Task GuardAsync(Principal caller, string idOrName, CancellationToken cancel) =>
        caller.SessionId is null ? Task.CompletedTask : RequireAsync(caller, idOrName, cancel);

    /// <summary>Before a change of a session's own row: an agent changes that of the session that it runs, and no other.</summary>
    /// <exception cref="ProductException">Forbidden.</exception>
    public async Task RequireOwnAsync(Principal caller, string idOrName, CancellationToken cancel)
    {
        if (caller.SessionId is { } own && (await sessions.FindAsync(caller.Org, idOrName, cancel))?.SessionId != own)
        {
            throw new ProductException(ErrorCode.Forbidden, "the token of a run speaks for the session of that run alone; POST /runs starts others");
        }
    }

    public async Task<bool> IsOpenToAsync(Principal caller, Session session, CancellationToken cancel) =>
        caller.SessionId is null || await family.IsWithinAsync(session, caller.SessionId, cancel);

    /// <param name="query">A parent in it must be one that the caller may touch.</param>
    public IAsyncEnumerable<Session> ListAsync(Principal caller, SessionQuery query, CancellationToken cancel) =>
        caller.SessionId is { } own && query.ParentSessionId is null
            ? ListFamilyAsync(caller.Org, own, query, cancel)
            : sessions.ListAsync(caller.Org, query, cancel);

    async IAsyncEnumerable<Session> ListFamilyAsync(
        string org, string own, SessionQuery query, [EnumeratorCancellation] CancellationToken cancel)
    {
        var isInPage = query.After is null;
        await foreach (var session in family.ListAsync(org, own, cancel))
        {
            if (isInPage && (query.Status is null || session.Status == query.Status))
            {
                yield return session;
            }

            isInPage |= session.SessionId == query.After?.Id;
        }
    }

    public static ProductException NotFound() => new(ErrorCode.NotFound, "Session not found");
}
