using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Postgres.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Postgres.Sessions;

/// <summary>A parent whose row, and whose root's, are locked: nothing else grows that tree.</summary>
/// <param name="Generations">From the root down to the parent, both counted.</param>
sealed record LockedParent(Session Session, string RootId, int Generations);

/// <summary>Trees of sessions: read, and kept within their bounds.</summary>
static class TreeRows
{
    // From a session (@from) up to its root, both included.
    const string Upwards =
        """
        WITH RECURSIVE up AS (
            SELECT s.session_id, s.parent_session_id, 1 AS generation FROM sessions s WHERE s.org = @org AND s.session_id = @from
            UNION ALL
            SELECT s.session_id, s.parent_session_id, u.generation + 1
            FROM up u JOIN sessions s ON s.org = @org AND s.session_id = u.parent_session_id WHERE u.generation < @most)
        """;

    /// <summary>The sessions below one, parents before their children. No lock.</summary>
    /// <param name="wholeTree">Those as well that outlive their parents, and what is below them.</param>
    public static Task<List<TreeNode>> BelowAsync(Tx tx, string org, string sessionId, bool wholeTree) => tx.AllAsync(
        new Statement(
            """
            WITH RECURSIVE tree AS (
                SELECT s.session_id, s.parent_session_id, s.status, 1 AS generation FROM sessions s
                WHERE s.org = @org AND s.parent_session_id = @top AND (@whole OR s.on_parent_end = 'stop')
                UNION ALL
                SELECT s.session_id, s.parent_session_id, s.status, t.generation + 1
                FROM tree t JOIN sessions s ON s.org = @org AND s.parent_session_id = t.session_id
                WHERE t.generation < @most AND (@whole OR s.on_parent_end = 'stop'))
            SELECT session_id, parent_session_id, status FROM tree ORDER BY generation
            """)
            .Text("org", org).Text("top", sessionId).Flag("whole", wholeTree).Number("most", SessionTree.MaxGenerations),
        row => new TreeNode(row.GetString(0), row.GetString(1), WireEnum<SessionStatus>.Parse(row.GetString(2), "status")));

    /// <summary>Locks a parent, its root and another session, in the one order.</summary>
    /// <param name="also">An id; null for none.</param>
    /// <exception cref="ProductException">NotFound.</exception>
    public static async Task<LockedParent> LockParentAsync(Tx tx, string org, string idOrName, string? also = null)
    {
        var found = await tx.FirstAsync(SessionRows.Find(org, idOrName), SessionRows.Read).ConfigureAwait(false) ?? throw RunErrors.ParentNotFound();
        var (rootId, _) = await RootOfAsync(tx, org, found.SessionId).ConfigureAwait(false) ?? throw RunErrors.ParentNotFound();
        while (true)
        {
            string[] wanted = also is null ? [found.SessionId, rootId] : [found.SessionId, rootId, also];
            var locked = await SessionRows.LockAllAsync(tx, org, wanted).ConfigureAwait(false);
            var parent = locked.Find(session => session.SessionId == found.SessionId) ?? throw RunErrors.ParentNotFound();
            var root = await RootOfAsync(tx, org, parent.SessionId).ConfigureAwait(false) ?? throw RunErrors.ParentNotFound();
            if (root.RootId == rootId)
            {
                return new LockedParent(parent, rootId, root.Generations);
            }

            // The root was deleted while it was waited for: there is a new one.
            rootId = root.RootId;
        }
    }

    /// <exception cref="ProductException">LimitExceeded <c>tree_limit</c>; Conflict <c>parent_stopping</c>.</exception>
    public static async Task RequireRoomBelowAsync(Tx tx, CoordinatorOptions options, LockedParent parent)
    {
        await RequireRoomForLiveAsync(tx, options, parent.Session).ConfigureAwait(false);
        if (options.MaxTreeDepth > 0 && parent.Generations > options.MaxTreeDepth)
        {
            throw RunErrors.TreeTooDeep(options.MaxTreeDepth);
        }

        if (options.MaxTreeDescendants > 0
            && await CountBelowAsync(tx, parent, options.MaxTreeDescendants).ConfigureAwait(false) >= options.MaxTreeDescendants)
        {
            throw RunErrors.TreeTooLarge(options.MaxTreeDescendants);
        }
    }

    /// <summary>One more child that works; the tree itself does not grow.</summary>
    /// <param name="parent">Locked.</param>
    /// <exception cref="ProductException">LimitExceeded <c>tree_limit</c>; Conflict <c>parent_stopping</c>.</exception>
    public static async Task RequireRoomForLiveAsync(Tx tx, CoordinatorOptions options, Session parent)
    {
        if (parent.Status == SessionStatus.Stopping)
        {
            throw RunErrors.ParentStopping();
        }

        if (options.MaxLiveChildren > 0 && await CountLiveAsync(tx, parent).ConfigureAwait(false) >= options.MaxLiveChildren)
        {
            throw RunErrors.TooManyLiveChildren(options.MaxLiveChildren);
        }

        await RequireBudgetAsync(tx, options, parent).ConfigureAwait(false);
    }

    static async Task RequireBudgetAsync(Tx tx, CoordinatorOptions options, Session session)
    {
        if (options.HasTreeBudget
            && await RootOfAsync(tx, session.Org, session.SessionId).ConfigureAwait(false) is { } root
            && RunErrors.TreeBudget(options, (await UsageSums.SumAsync(tx, session.Org, root.RootId).ConfigureAwait(false)).Tree) is { } usedUp)
        {
            throw usedUp;
        }
    }

    public static Task<bool> IsBelowAsync(Tx tx, string org, string sessionId, string ancestorId) => tx.FirstAsync(
        new Statement($"{Upwards} SELECT EXISTS (SELECT 1 FROM up WHERE session_id = @ancestor)")
            .Text("org", org).Text("from", sessionId).Number("most", SessionTree.MaxGenerations).Text("ancestor", ancestorId),
        row => row.GetBoolean(0));

    public static Task<(string RootId, int Generations)?> RootOfAsync(Tx tx, string org, string sessionId) => tx.FirstAsync(
        new Statement($"{Upwards} SELECT session_id, generation FROM up ORDER BY generation DESC LIMIT 1")
            .Text("org", org).Text("from", sessionId).Number("most", SessionTree.MaxGenerations),
        row => ((string, int)?)(row.GetString(0), row.GetInt32(1)));

    static Task<long> CountLiveAsync(Tx tx, Session parent) => tx.FirstAsync(
        new Statement(
            """
            SELECT count(*) FROM sessions WHERE org = @org AND parent_session_id = @parent AND status IN ('pending', 'running', 'stopping')
            """)
            .Text("org", parent.Org).Text("parent", parent.SessionId),
        row => row.GetInt64(0));

    static Task<long> CountBelowAsync(Tx tx, LockedParent parent, int limit) => tx.FirstAsync(
        new Statement(
            """
            WITH RECURSIVE tree AS (
                SELECT s.session_id FROM sessions s WHERE s.org = @org AND s.parent_session_id = @root
                UNION ALL
                SELECT s.session_id FROM tree t JOIN sessions s ON s.org = @org AND s.parent_session_id = t.session_id)
            SELECT count(*) FROM (SELECT 1 FROM tree LIMIT @limit) counted
            """)
            .Text("org", parent.Session.Org).Text("root", parent.RootId).Number("limit", limit),
        row => row.GetInt64(0));
}
