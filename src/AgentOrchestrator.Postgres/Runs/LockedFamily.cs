using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Postgres.Sessions;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Postgres.Runs;

/// <summary>A session and those below it whose open runs are to be stopped, locked with the sessions that these ends write to.</summary>
/// <param name="Below">Parents before their children.</param>
/// <param name="Locked">By id: the sessions themselves, parents that are told and, when asked for, children.</param>
sealed record LockedFamily(
    Session Session, IReadOnlyList<TreeNode> Below, ILookup<string, Run> Open, IReadOnlyDictionary<string, Session> Locked)
{
    /// <summary>Null when there is no session of that id.</summary>
    /// <param name="wholeTree">Sessions below it as well that outlive their parents.</param>
    public static async Task<LockedFamily?> TakeAsync(Tx tx, string org, string sessionId, bool wholeTree, bool withChildren)
    {
        var below = SessionTree.ToStop(await TreeRows.BelowAsync(tx, org, sessionId, wholeTree).ConfigureAwait(false));
        while (true)
        {
            string[] members = [sessionId, .. below.Select(node => node.SessionId)];
            var (locked, runs) = await LockAsync(tx, org, sessionId, members, withChildren).ConfigureAwait(false);
            if (!locked.TryGetValue(sessionId, out var own))
            {
                return null;
            }

            // What was started while the locks were waited for. Nothing starts below a session that is locked, so this comes to an end.
            below = SessionTree.ToStop(await TreeRows.BelowAsync(tx, org, sessionId, wholeTree).ConfigureAwait(false));
            if (below.All(node => members.Contains(node.SessionId)))
            {
                await AddMissingAsync(tx, org, runs, locked).ConfigureAwait(false);
                return new LockedFamily(own, below, runs.ToLookup(run => run.SessionId), locked);
            }
        }
    }

    /// <summary>The runs of one of them that have not ended: queued ones in their order, then the live one.</summary>
    public IEnumerable<LockedRun> OpenOf(string sessionId) => Open[sessionId].Select(run => new LockedRun(
        run, EndDigest: null, NextOrdinal: 0, Locked[run.SessionId],
        run.ParentSessionId == run.SessionId ? null : Locked.GetValueOrDefault(run.ParentSessionId ?? "")));

    static async Task<(Dictionary<string, Session> Locked, List<Run> Runs)> LockAsync(
        Tx tx, string org, string sessionId, string[] members, bool withChildren)
    {
        var sessions = new Statement(
            $"""
            SELECT {SessionRows.Columns} FROM sessions s
            WHERE s.org = @org AND (s.session_id = ANY (@members)
                OR s.session_id = ANY (ARRAY(
                    SELECT r.parent_session_id FROM runs r
                    WHERE r.org = @org AND r.session_id = ANY (@members) AND r.status = 'pending'
                        AND (r.execution_mode = 'async_callback' OR r.holds_parent)))
                OR @with_children AND (s.parent_session_id = @session OR s.session_id = ANY (ARRAY(
                    SELECT c.child_session_id FROM callbacks c
                    WHERE c.org = @org AND c.parent_session_id = @session AND c.delivered_run_id IS NULL))))
            ORDER BY s.session_id FOR UPDATE OF s
            """)
            .Text("org", org).Text("session", sessionId).Texts("members", members).Flag("with_children", withChildren);
        var open = new Statement(
            $"""
            SELECT {RunRows.Columns} FROM runs r
            WHERE r.org = @org AND r.session_id = ANY (@members) AND r.status NOT IN {RunRows.Ended}
            ORDER BY r.status <> 'pending', r.place
            """)
            .Text("org", org).Texts("members", members);
        var (locked, runs) = await tx.BothAsync(sessions, SessionRows.Read, open, RunRows.Read).ConfigureAwait(false);
        locked.ForEach(session => SessionRows.Held(tx, session));
        return (locked.ToDictionary(session => session.SessionId), runs);
    }

    // A run that was queued while the session's lock was waited for may tell a parent that no other run does.
    // Taken out of order: should two transactions meet in this, the database ends one, and it is tried again.
    static async Task AddMissingAsync(Tx tx, string org, List<Run> runs, Dictionary<string, Session> locked)
    {
        var missing = runs
            .Where(run => run is { Status: RunStatus.Pending, ParentSessionId: not null }
                && (run.ExecutionMode == ExecutionMode.AsyncCallback || run.HoldsParent))
            .Select(run => run.ParentSessionId!)
            .Where(parent => !locked.ContainsKey(parent))
            .Distinct()
            .ToList();
        if (missing.Count > 0)
        {
            foreach (var parent in await SessionRows.LockAllAsync(tx, org, missing).ConfigureAwait(false))
            {
                locked.Add(parent.SessionId, parent);
            }
        }
    }
}
