using AgentOrchestrator.Coordinator.Memory;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Sessions;

namespace AgentOrchestrator.Server.Memory;

/// <summary>
/// Which scopes a caller may name: people and services all of their org, an agent its own name, its own session and those below it. What is stored for the
/// whole org it may read, and what is stored for a user it may not: its run speaks for nobody.
/// </summary>
sealed class MemoryAccess(ISessionStore sessions, SessionAccess access)
{
    /// <summary>Of an agent that names nothing: its session.</summary>
    /// <exception cref="ProductException">Forbidden; NotFound for a session that the caller may not touch.</exception>
    public async Task<MemoryScope> ResolveToStoreAsync(Principal caller, MemoryScope named, CancellationToken cancel)
    {
        var scope = await ResolveAsync(caller, named, cancel);
        return caller.SessionId is { } own && scope == MemoryScope.Org ? new MemoryScope(SessionId: own) : scope;
    }

    /// <summary>Of an agent that names nothing: its name and its session.</summary>
    /// <exception cref="ProductException">Forbidden; NotFound for a session that the caller may not touch.</exception>
    public async Task<MemoryScope> ResolveToSearchAsync(Principal caller, MemoryScope named, CancellationToken cancel)
    {
        var scope = await ResolveAsync(caller, named, cancel);
        return caller.SessionId is not null && scope == MemoryScope.Org ? await FindSelfAsync(caller, cancel) : scope;
    }

    /// <exception cref="ProductException">NotFound, the same for a memory of others as for none.</exception>
    public async Task RequireOwnAsync(Principal caller, StoredMemory memory, CancellationToken cancel)
    {
        if (caller.SessionId is not null && !await IsOwnAsync(caller, memory.Scope, cancel))
        {
            throw new ProductException(ErrorCode.NotFound, "Memory not found");
        }
    }

    public async Task<MemoryFilter> ResolveAsync(Principal caller, MemoryFilter named, CancellationToken cancel) =>
        named with { SessionId = await FindSessionAsync(caller, named.SessionId, cancel) };

    async Task<MemoryScope> ResolveAsync(Principal caller, MemoryScope named, CancellationToken cancel)
    {
        var scope = named with { SessionId = await FindSessionAsync(caller, named.SessionId, cancel) };
        if (caller.SessionId is null)
        {
            return scope;
        }

        if (scope.UserId is not null)
        {
            throw new ProductException(ErrorCode.Forbidden, "the token of a run speaks for no user; leave user_id out");
        }

        return scope.AgentId is null || IsSame(scope.AgentId, (await FindSelfAsync(caller, cancel)).AgentId)
            ? scope
            : throw new ProductException(ErrorCode.Forbidden, "the token of a run speaks for its own agent alone; leave agent_id out, or name that");
    }

    async Task<string?> FindSessionAsync(Principal caller, string? idOrName, CancellationToken cancel) =>
        idOrName is null ? null : (await access.RequireAsync(caller, idOrName, cancel)).SessionId;

    async Task<MemoryScope> FindSelfAsync(Principal caller, CancellationToken cancel)
    {
        var session = await access.RequireAsync(caller, caller.SessionId!, cancel);
        return new MemoryScope(session.AgentName, null, session.SessionId);
    }

    async Task<bool> IsOwnAsync(Principal caller, MemoryScope scope, CancellationToken cancel)
    {
        if (scope == MemoryScope.Org || scope.UserId is not null)
        {
            return false;
        }

        var self = await FindSelfAsync(caller, cancel);
        return (scope.AgentId is null || IsSame(scope.AgentId, self.AgentId))
            && (scope.SessionId is null
                || (await sessions.FindAsync(caller.Org, scope.SessionId, cancel) is { } session && await access.IsOpenToAsync(caller, session, cancel)));
    }

    static bool IsSame(string agent, string? own) => string.Equals(agent, own, StringComparison.OrdinalIgnoreCase);
}
