using System.Security.Cryptography;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Server.Access;

namespace AgentOrchestrator.Server.Mcp;

/// <summary>The MCP sessions of this node. An id is no credential: it opens a session to the principal that began it, and to nobody else.</summary>
sealed class McpSessions(OpenMcp open, ServerOptions options, TimeProvider time, ILoggerFactory logs)
{
    const int IdDigits = 32;

    readonly Lock _lock = new();
    readonly Dictionary<string, McpHttpSession> _sessions = new(StringComparer.Ordinal);

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _sessions.Count;
            }
        }
    }

    /// <summary>A new session, in use.</summary>
    /// <exception cref="ProductException">LimitExceeded when there are as many as may be, and all of them work.</exception>
    public async Task<(string Id, McpHttpSession Session)> BeginAsync(HttpContext http)
    {
        var id = RandomNumberGenerator.GetHexString(IdDigits, lowercase: true);
        var session = McpHttpSession.Begin(id, http, open, logs);
        McpHttpSession? forgotten = null;
        var isFull = false;
        lock (_lock)
        {
            if (_sessions.Count >= options.MaxMcpSessions)
            {
                isFull = (forgotten = RemoveLongestAtRest()) is null;
            }

            if (!isFull)
            {
                session.Uses = 1;
                _sessions[id] = session;
            }
        }

        if (isFull)
        {
            await EndAsync(session);
            throw new ProductException(
                ErrorCode.LimitExceeded, $"{options.MaxMcpSessions} MCP sessions work already; end some, or raise MAX_MCP_SESSIONS", "mcp_session_limit");
        }

        if (forgotten is not null)
        {
            await EndAsync(forgotten);
        }

        return (id, session);
    }

    /// <summary>A session, from now on in use.</summary>
    /// <exception cref="ProductException">NotFound, the same for a session of others as for none.</exception>
    public McpHttpSession Use(string id, Principal caller)
    {
        lock (_lock)
        {
            if (!_sessions.TryGetValue(id, out var session) || session.Owner != caller)
            {
                throw NotFound();
            }

            session.Uses++;
            return session;
        }
    }

    public void Release(McpHttpSession session)
    {
        lock (_lock)
        {
            session.Uses--;
            session.LastUsed = time.GetTimestamp();
        }
    }

    /// <exception cref="ProductException">NotFound, the same for a session of others as for none.</exception>
    public Task EndAsync(string id, Principal caller)
    {
        McpHttpSession? session;
        lock (_lock)
        {
            if (!_sessions.TryGetValue(id, out session) || session.Owner != caller)
            {
                throw NotFound();
            }

            _sessions.Remove(id);
        }

        return EndAsync(session);
    }

    /// <returns>How many had rested for too long.</returns>
    public async Task<int> EndIdleAsync()
    {
        List<McpHttpSession> idle;
        lock (_lock)
        {
            var old = _sessions.Where(entry => entry.Value.Uses == 0 && time.GetElapsedTime(entry.Value.LastUsed) >= options.McpSessionIdle).ToList();
            old.ForEach(entry => _sessions.Remove(entry.Key));
            idle = [.. old.Select(entry => entry.Value)];
        }

        await Task.WhenAll(idle.Select(EndAsync));
        return idle.Count;
    }

    public async Task EndAllAsync()
    {
        List<McpHttpSession> all;
        lock (_lock)
        {
            all = [.. _sessions.Values];
            _sessions.Clear();
        }

        await Task.WhenAll(all.Select(EndAsync));
    }

    static async Task EndAsync(McpHttpSession session)
    {
        session.Leave();
        await session.DisposeAsync();
    }

    McpHttpSession? RemoveLongestAtRest()
    {
        var oldest = _sessions.Where(entry => entry.Value.Uses == 0).OrderBy(entry => entry.Value.LastUsed).FirstOrDefault();
        if (oldest.Key is not null)
        {
            _sessions.Remove(oldest.Key);
        }

        return oldest.Value;
    }

    static ProductException NotFound() => new(ErrorCode.NotFound, "there is no such MCP session, or it has ended; begin another with initialize", "mcp_session");
}
