using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Rooms;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Sqlite.Sessions;

namespace AgentOrchestrator.Sqlite.Runs;

/// <summary>Ends of children on their way to their parents.</summary>
static class Callbacks
{
    /// <summary>Notes a child's end in its parent's log and delivers it if the parent is idle; or notes in the child's that it cannot be.</summary>
    public static void Tell(WriteTransaction transaction, CoordinatorOptions options, Run child)
    {
        if (child is not { ExecutionMode: ExecutionMode.AsyncCallback, ParentSessionId: { } parentId } || parentId == child.SessionId)
        {
            return;
        }

        if (SessionRows.KindOf(transaction.Db, child.Org, parentId) == Room.Kind)
        {
            var answer = RoomEvents.Answer(child, PendingCallback.Of(child, ResultOf(transaction, child)), transaction.Now);
            transaction.Changed(EventLog.Append(transaction, child.Org, parentId, [answer])!);
        }
        else if (EventLog.Append(transaction, child.Org, parentId, [RunEvents.Callback(child, transaction.Now)]) is { } told)
        {
            transaction.Changed(told);
            Keep(transaction, child, parentId);
            Deliver(transaction, options, child.Org, parentId);
        }
        else
        {
            Drop(transaction, child.Org, child.SessionId, child.RunId, parentId);
        }
    }

    /// <summary>Whether the end of that run is told to a parent.</summary>
    public static bool IsCausedBy(Connection db, LeaseRef lease)
    {
        using var found = db.Query("""
            SELECT 1 FROM runs WHERE org = ?1 AND run_id = ?2 AND parent_session_id IS NOT NULL AND execution_mode = 'async_callback'
            """).Bind(lease.Org).Bind(lease.RunId);
        return found.Read();
    }

    /// <summary>Notes in the child's log, if it still exists, that its parent is gone.</summary>
    public static void Drop(WriteTransaction transaction, string org, string childId, string childRunId, string parentId)
    {
        var dropped = RunEvents.CallbackDropped(childRunId, parentId, transaction.Now);
        if (EventLog.Append(transaction, org, childId, [dropped]) is { } told)
        {
            transaction.Changed(told);
        }
    }

    /// <summary>Resumes an idle parent with all that waits for it, unless a person stopped it.</summary>
    public static void Deliver(WriteTransaction transaction, CoordinatorOptions options, string org, string parentId)
    {
        var waiting = transaction.Db.Query("""
            SELECT c.place, c.child_name, c.has_failed, c.text FROM callbacks c
            WHERE c.org = ?1 AND c.parent_session_id = ?2 AND c.delivered_run_id IS NULL
                AND EXISTS (SELECT 1 FROM sessions s WHERE s.org = ?1 AND s.session_id = ?2 AND s.status <> 'stopped')
                AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.org = ?1 AND r.session_id = ?2 AND r.completed_at IS NULL AND r.rank IS NOT NULL)
            ORDER BY c.place LIMIT ?3
            """).Bind(org).Bind(parentId).Bind(options.MaxCallbacksPerRun)
            .All(row => (Place: row.Long(), Callback: new PendingCallback(row.Text(), row.Bool(), row.TextOrNull())));
        if (waiting.Count == 0)
        {
            return;
        }

        var parent = SessionRows.Get(transaction.Db, org, parentId);
        var text = CallbackText.Compose([.. waiting.Select(one => one.Callback)], options.MaxPromptLength);
        var run = RunQueue.Insert(transaction, options, Resume(transaction.Db, parent, text), parent, parent.ParentSessionId, asker: null);
        transaction.Db.Query("""
            UPDATE callbacks SET delivered_run_id = ?3
            WHERE org = ?1 AND parent_session_id = ?2 AND delivered_run_id IS NULL AND place <= ?4
            """).Bind(org).Bind(parentId).Bind(run.RunId).Bind(waiting[^1].Place).Run();
    }

    static void Keep(WriteTransaction transaction, Run child, string parentId)
    {
        var callback = PendingCallback.Of(child, ResultOf(transaction, child));
        transaction.Db.Query("""
            INSERT INTO callbacks (org, callback_id, child_run_id, child_session_id, child_name, parent_session_id, has_failed, text, created_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            """)
            .Bind(child.Org).Bind(Ids.NewCallback()).Bind(child.RunId).Bind(child.SessionId).Bind(callback.ChildName).Bind(parentId)
            .Bind(callback.HasFailed).Bind(callback.Text).Bind(transaction.Now)
            .Run();
    }

    static LogEntry? ResultOf(WriteTransaction transaction, Run child) => child is { Status: RunStatus.Completed, ResultText: null }
        ? EventLog.FindResult(transaction.Db, transaction.Blobs, child.Org, child.SessionId)
        : null;

    // The parent goes on with the agent, the executor and the place of its latest run.
    static NewRun Resume(Connection db, Session parent, string prompt)
    {
        var latest = RunRows.Latest(db, parent.Org, parent.SessionId);
        return new NewRun
        {
            Org = parent.Org,
            RunId = Ids.NewRun(),
            Type = RunType.ResumeSession,
            Prompt = prompt,
            AgentName = latest?.AgentName,
            AgentRevision = latest?.AgentRevision,
            Executor = latest?.Executor,
            Demands = latest?.Demands,
            ProjectDir = latest?.ProjectDir,
            Priority = latest?.Priority ?? 0,
            AgentCap = latest?.AgentCap,
            TimeoutSeconds = latest?.TimeoutSeconds,
            Retry = latest?.Retry,
            Actor = RunEvents.Coordinator,
        };
    }
}
