using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Sqlite.Runs;

namespace AgentOrchestrator.Sqlite.Sessions;

/// <summary>Trees of sessions: read, and kept within their bounds.</summary>
static class TreeRows
{
    /// <summary>The sessions below one, parents before their children.</summary>
    /// <param name="wholeTree">Those as well that outlive their parents, and what is below them.</param>
    public static List<TreeNode> Below(Connection db, string org, string sessionId, bool wholeTree) => db.Query("""
        WITH RECURSIVE tree (session_id, parent_id, status, generation) AS (
            SELECT session_id, parent_session_id, status, 1 FROM sessions
            WHERE org = ?1 AND parent_session_id = ?2 AND (?3 OR on_parent_end = 'stop')
            UNION ALL
            SELECT s.session_id, s.parent_session_id, s.status, t.generation + 1
            FROM tree t JOIN sessions s ON s.org = ?1 AND s.parent_session_id = t.session_id
            WHERE t.generation < ?4 AND (?3 OR s.on_parent_end = 'stop'))
        SELECT session_id, parent_id, status FROM tree ORDER BY generation
        """).Bind(org).Bind(sessionId).Bind(wholeTree).Bind(SessionTree.MaxGenerations)
        .All(row => new TreeNode(row.Text(), row.Text(), row.Word<SessionStatus>()));

    /// <exception cref="Protocol.ProductException">LimitExceeded <c>tree_limit</c>; Conflict <c>parent_stopping</c>.</exception>
    public static void RequireRoomBelow(Connection db, CoordinatorOptions options, string org, string parentId)
    {
        RequireRoomForLive(db, options, org, parentId);
        var (rootId, generations) = RootOf(db, org, parentId);
        if (options.MaxTreeDepth > 0 && generations > options.MaxTreeDepth)
        {
            throw RunErrors.TreeTooDeep(options.MaxTreeDepth);
        }

        if (options.MaxTreeDescendants > 0 && CountBelow(db, org, rootId, options.MaxTreeDescendants) >= options.MaxTreeDescendants)
        {
            throw RunErrors.TreeTooLarge(options.MaxTreeDescendants);
        }
    }

    /// <summary>One more child that works; the tree itself does not grow.</summary>
    /// <exception cref="Protocol.ProductException">LimitExceeded <c>tree_limit</c>; Conflict <c>parent_stopping</c>.</exception>
    public static void RequireRoomForLive(Connection db, CoordinatorOptions options, string org, string parentId)
    {
        if (SessionRows.Get(db, org, parentId).Status == SessionStatus.Stopping)
        {
            throw RunErrors.ParentStopping();
        }

        if (options.MaxLiveChildren > 0 && CountLive(db, org, parentId) >= options.MaxLiveChildren)
        {
            throw RunErrors.TooManyLiveChildren(options.MaxLiveChildren);
        }

        RequireBudget(db, options, org, parentId);
    }

    static void RequireBudget(Connection db, CoordinatorOptions options, string org, string sessionId)
    {
        if (options.HasTreeBudget
            && RunErrors.TreeBudget(options, UsageSums.Sum(db, org, RootOf(db, org, sessionId).RootId).Tree) is { } usedUp)
        {
            throw usedUp;
        }
    }

    public static bool IsBelow(Connection db, string org, string sessionId, string ancestorId)
    {
        using var found = db.Query($"{Upwards} SELECT 1 FROM up WHERE session_id = ?4").Bind(org).Bind(sessionId)
            .Bind(SessionTree.MaxGenerations).Bind(ancestorId);
        return found.Read();
    }

    // From a session (of org ?1 and id ?2) up to its root, both included.
    const string Upwards = """
        WITH RECURSIVE up (session_id, parent_id, generation) AS (
            SELECT session_id, parent_session_id, 1 FROM sessions WHERE org = ?1 AND session_id = ?2
            UNION ALL
            SELECT s.session_id, s.parent_session_id, u.generation + 1
            FROM up u JOIN sessions s ON s.org = ?1 AND s.session_id = u.parent_id WHERE u.generation < ?3)
        """;

    public static (string RootId, int Generations) RootOf(Connection db, string org, string sessionId)
    {
        using var top = db.Query($"{Upwards} SELECT session_id, generation FROM up ORDER BY generation DESC LIMIT 1")
            .Bind(org).Bind(sessionId).Bind(SessionTree.MaxGenerations);
        top.Read();
        return (top.Text(), top.Int());
    }

    static long CountLive(Connection db, string org, string parentId)
    {
        using var count = db.Query("""
            SELECT count(*) FROM sessions WHERE org = ?1 AND parent_session_id = ?2
                AND (status = 'pending' OR status = 'running' OR status = 'stopping')
            """).Bind(org).Bind(parentId);
        count.Read();
        return count.Long();
    }

    static long CountBelow(Connection db, string org, string rootId, int limit)
    {
        using var count = db.Query("""
            WITH RECURSIVE tree (session_id) AS (
                SELECT session_id FROM sessions WHERE org = ?1 AND parent_session_id = ?2
                UNION ALL
                SELECT s.session_id FROM tree t JOIN sessions s ON s.org = ?1 AND s.parent_session_id = t.session_id
                LIMIT ?3)
            SELECT count(*) FROM tree
            """).Bind(org).Bind(rootId).Bind(limit);
        count.Read();
        return count.Long();
    }
}
