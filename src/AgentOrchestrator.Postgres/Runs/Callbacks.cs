using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Rooms;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Postgres.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using Npgsql;

namespace AgentOrchestrator.Postgres.Runs;

/// <summary>Ends of children on their way to their parents.</summary>
static class Callbacks
{
    /// <summary>Notes the child's end in the parent's log and keeps it for delivery; in a room's log it is the answer. Both sessions are locked.</summary>
    public static async Task AddAsync(Tx tx, Run child, Session parent)
    {
        var result = child.Status == RunStatus.Completed && child.ResultText is null
            ? await EventLog.FindResultAsync(tx, child.Org, child.SessionId).ConfigureAwait(false)
            : null;
        var callback = PendingCallback.Of(child, result);
        if (parent.Kind == Room.Kind)
        {
            await EventLog.AppendAsync(tx, parent.Org, parent.SessionId, [RoomEvents.Answer(child, callback, tx.Now)]).ConfigureAwait(false);
            return;
        }

        await tx.ExecuteAsync(new Statement(
            """
            INSERT INTO callbacks (org, callback_id, child_run_id, child_session_id, child_name, parent_session_id, has_failed, text, created_at)
            VALUES (@org, @id, @run, @session, @name, @parent, @has_failed, @text, @now)
            """)
            .Text("org", child.Org).Text("id", Ids.NewCallback()).Text("run", child.RunId).Text("session", child.SessionId)
            .Text("name", callback.ChildName).Text("parent", parent.SessionId).Flag("has_failed", callback.HasFailed)
            .Text("text", callback.Text).Time("now", tx.Now)).ConfigureAwait(false);
        await EventLog.AppendAsync(tx, parent.Org, parent.SessionId, [RunEvents.Callback(child, tx.Now)]).ConfigureAwait(false);
    }

    /// <summary>Resumes an idle parent with all that waits for it, unless a person stopped it. Its session is locked.</summary>
    public static async Task DeliverAsync(Tx tx, CoordinatorOptions options, Session parent)
    {
        var waiting = await tx.AllAsync(
            new Statement(
                $"""
                SELECT c.callback_id, c.child_name, c.has_failed, c.text FROM callbacks c
                WHERE c.org = @org AND c.parent_session_id = @parent AND c.delivered_run_id IS NULL
                    AND EXISTS (SELECT 1 FROM sessions s WHERE s.org = @org AND s.session_id = @parent AND s.status <> 'stopped')
                    AND NOT EXISTS (
                        SELECT 1 FROM runs r WHERE r.org = @org AND r.session_id = @parent AND r.status NOT IN {RunRows.Ended}
                            AND r.rank IS NOT NULL)
                ORDER BY c.place LIMIT @limit
                """)
                .Text("org", parent.Org).Text("parent", parent.SessionId).Number("limit", options.MaxCallbacksPerRun),
            ReadWaiting).ConfigureAwait(false);
        if (waiting.Count == 0)
        {
            return;
        }

        var text = CallbackText.Compose([.. waiting.Select(callback => callback.Pending)], options.MaxPromptLength);
        var run = await RunQueue.InsertAsync(
            tx, options, await ResumeAsync(tx, parent, text).ConfigureAwait(false), parent, parent.ParentSessionId, asker: null)
            .ConfigureAwait(false);
        await tx.ExecuteAsync(new Statement(
            "UPDATE callbacks SET delivered_run_id = @run WHERE org = @org AND callback_id = ANY (@ids)")
            .Text("org", parent.Org).Text("run", run.RunId).Texts("ids", waiting.Select(callback => callback.Id))).ConfigureAwait(false);
    }

    // The parent goes on with the agent, the executor and the place of its latest run.
    static async Task<NewRun> ResumeAsync(Tx tx, Session parent, string prompt)
    {
        var latest = await tx.FirstAsync(
            new Statement($"SELECT {RunRows.Columns} FROM runs r WHERE r.org = @org AND r.session_id = @session ORDER BY r.place DESC LIMIT 1")
                .Text("org", parent.Org).Text("session", parent.SessionId),
            RunRows.Read).ConfigureAwait(false);
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

    static (string Id, PendingCallback Pending) ReadWaiting(NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return (row.Text(), new PendingCallback(row.Text(), row.Flag(), row.TextOrNull()));
    }
}
