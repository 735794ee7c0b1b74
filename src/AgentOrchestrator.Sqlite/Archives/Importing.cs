using System.Text.Json;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Archives;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Sqlite.Sessions;

namespace AgentOrchestrator.Sqlite.Archives;

/// <summary>The steps of an import.</summary>
static class Importing
{
    const int PortionLength = 1_000;

    /// <summary>Reserves the place of a session that is not there yet.</summary>
    public static long Begin(WriteTransaction transaction, SessionArchive archive)
    {
        var db = transaction.Db;
        RequireFree(db, archive);
        if (db.Query("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'sessions'").Run() == 0)
        {
            db.Query("INSERT INTO sqlite_sequence (name, seq) VALUES ('sessions', 1)").Run();
        }

        var place = db.ReadLong("SELECT seq FROM sqlite_sequence WHERE name = 'sessions'");
        db.Query("INSERT INTO imports (place, begun_at) VALUES (?1, ?2)").Bind(place).Bind(transaction.Now).Run();
        return place;
    }

    public static int Append(WriteTransaction transaction, long place, IReadOnlyList<ArchivedEntry> portion)
    {
        foreach (var entry in portion)
        {
            EventLog.Insert(transaction, place, entry.Seq, entry.Event, entry.RecordedAt);
        }

        return portion.Count;
    }

    public static Session End(WriteTransaction transaction, long place, SessionArchive archive)
    {
        RequireFree(transaction.Db, archive);
        Insert(transaction.Db, place, archive);
        foreach (var run in archive.Runs)
        {
            Insert(transaction.Db, place, run);
        }

        transaction.Db.Query("DELETE FROM imports WHERE place = ?1").Bind(place).Run();
        var session = archive.Session;
        EventLog.Append(transaction, session.Org, session.SessionId, [archive.Note]);
        var imported = SessionRows.Get(transaction.Db, session.Org, session.SessionId);
        transaction.Changed(new SessionCreated(imported));
        return imported;
    }

    /// <returns>Whether there is more to take back.</returns>
    public static bool TakeBack(WriteTransaction transaction, long place)
    {
        var gone = transaction.Db.Query("""
            DELETE FROM events WHERE id IN (SELECT e.id FROM events e WHERE e.place = ?1 LIMIT ?2)
                AND EXISTS (SELECT 1 FROM imports i WHERE i.place = ?1)
            RETURNING blob
            """).Bind(place).Bind(PortionLength).All(row => row.TextOrNull());
        gone.ForEach(transaction.Dropped);
        if (gone.Count == PortionLength)
        {
            return true;
        }

        transaction.Db.Query("DELETE FROM imports WHERE place = ?1").Bind(place).Run();
        return false;
    }

    /// <summary>At a start: takes back what a crash left.</summary>
    public static void Recover(Connection connection)
    {
        // A start that has nothing to write succeeds on a full disk too.
        if (connection.ReadLong("SELECT count(*) FROM imports") > 0)
        {
            connection.Execute("""
                BEGIN IMMEDIATE;
                DELETE FROM events WHERE place IN (SELECT place FROM imports);
                DELETE FROM imports;
                COMMIT;
                """);
        }
    }

    static void RequireFree(Connection db, SessionArchive archive)
    {
        SessionWrites.RequireFree(db, archive.Session.Org, archive.Session.SessionId, archive.Session.Name);
        foreach (var run in archive.Runs)
        {
            using var taken = db.Query("SELECT 1 FROM runs WHERE org = ?1 AND run_id = ?2").Bind(run.Org).Bind(run.RunId);
            if (taken.Read())
            {
                throw RunErrors.RunExists(run.RunId);
            }
        }
    }

    static void Insert(Connection db, long place, SessionArchive archive)
    {
        var session = archive.Session;
        var parent = session.ParentSessionId is { } id ? SessionRows.Find(db, session.Org, id)?.SessionId : null;
        db.Query("""
            INSERT INTO sessions (place, org, session_id, name, status, created_at, project_dir, agent_name, last_resumed_at,
                parent_session_id, execution_mode, executor_session_id, executor_type, hostname, last_seq, run_start_seq, result_seq, pruned_to,
                on_parent_end, when_busy)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
            """)
            .Bind(place).Bind(session.Org).Bind(session.SessionId).Bind(session.Name).BindWord(session.Status).Bind(session.CreatedAt)
            .Bind(session.ProjectDir).Bind(session.AgentName).Bind(session.LastResumedAt).Bind(parent).BindWord(session.ExecutionMode)
            .Bind(session.ExecutorSessionId).Bind(session.ExecutorType).Bind(session.Hostname).Bind(session.LastSeq)
            .Bind(archive.RunStartSeq).Bind(archive.ResultSeq).Bind(session.PrunedTo).BindWord(session.OnParentEnd)
            .BindWord(session.WhenBusy)
            .Run();
    }

    static void Insert(Connection db, long place, Run run) =>
        db.Query("""
            INSERT INTO runs (org, run_id, type, session_id, agent_name, agent_revision, prompt, project_dir, execution_mode, demands, status,
                runner_id, attempt, error, reason, exit_code, result_text, result_data, usage, created_at, claimed_at, started_at, completed_at,
                timeout_at, priority, timeout_seconds, deadline_at, not_before, expires_at, retry_of, retry_number, session_place, use_memory)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23,
                ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33)
            """)
            .Bind(run.Org).Bind(run.RunId).BindWord(run.Type).Bind(run.SessionId).Bind(run.AgentName).Bind(run.AgentRevision).Bind(run.Prompt)
            .Bind(run.ProjectDir).BindWord(run.ExecutionMode)
            .Bind(run.Demands is null ? null : JsonSerializer.Serialize(run.Demands, CompactJson.Default.Demands)).BindWord(run.Status)
            .Bind(run.RunnerId).Bind(run.Attempt).Bind(run.Error).Bind(run.Reason).Bind(run.ExitCode).Bind(run.ResultText)
            .Bind(run.ResultData?.GetRawText())
            .Bind(run.Usage is null ? null : JsonSerializer.Serialize(run.Usage, CompactJson.Default.RunUsage))
            .Bind(run.CreatedAt).Bind(run.ClaimedAt).Bind(run.StartedAt).Bind(run.CompletedAt).Bind(run.TimeoutAt).Bind(run.Priority)
            .Bind(run.TimeoutSeconds).Bind(run.DeadlineAt).Bind(run.NotBefore).Bind(run.ExpiresAt).Bind(run.RetryOf).Bind(run.RetryNumber)
            .Bind(place).Bind(run.UseMemory)
            .Run();
}
