using AgentOrchestrator.Coordinator.Documents;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Archives;
using AgentOrchestrator.Sqlite.Documents;
using AgentOrchestrator.Sqlite.Sessions;

namespace AgentOrchestrator.Sqlite.Archives;

/// <summary>Whether a data folder keeps what the server promises. Reads only, also beside a server that runs.</summary>
public static class DataCheck
{
    const int MaxFindings = 100;
    const string Restore = "restore a backup of the data folder";

    // Each gives one text for each thing that is wrong.
    static readonly (string Kind, string Sql, string Remedy)[] s_checks =
    [
        ("file", "SELECT integrity_check FROM pragma_integrity_check(100) WHERE integrity_check <> 'ok'", Restore),
        ("sequence", """
            SELECT 'session ' || l.name || ' has ' || l.found || ' of the ' || (l.last_seq - l.pruned_to) || ' events after ' || l.pruned_to
                || ', the newest is ' || l.newest || ' and should be ' || l.last_seq
            FROM (
                SELECT s.name, s.last_seq, s.pruned_to,
                    (SELECT count(*) FROM events e WHERE e.place = s.place AND e.seq > s.pruned_to) AS found,
                    (SELECT COALESCE(max(e.seq), 0) FROM events e WHERE e.place = s.place) AS newest
                FROM sessions s) l
            WHERE l.found <> l.last_seq - l.pruned_to OR l.newest <> l.last_seq
            """, Restore),
        ("event", """
            SELECT 'event ' || e.seq || ' of session ' || COALESCE(s.name, e.place) || ' is no JSON'
            FROM events e LEFT JOIN sessions s ON s.place = e.place
            WHERE e.body IS NOT NULL AND NOT json_valid(CAST(e.body AS TEXT))
            """, Restore),
        ("live_runs", """
            SELECT 'session ' || session_id || ' has ' || count(*) || ' live runs' FROM runs
            WHERE completed_at IS NULL AND +runner_id IS NOT NULL GROUP BY org, session_id HAVING count(*) > 1
            """, "start the server, and stop the session"),
        ("run_end", """
            SELECT 'run ' || r.run_id || ' is ' || r.status || ', and the log of session ' || s.name || ' does not say so'
            FROM runs r JOIN sessions s ON s.org = r.org AND s.session_id = r.session_id
            WHERE r.completed_at IS NOT NULL AND (s.place, r.run_id, 'run_' || r.status) NOT IN (
                SELECT e.place, e.run_id, e.type FROM events e
                WHERE e.run_id IS NOT NULL AND e.type IN ('run_completed', 'run_failed', 'run_stopped'))
            """, Restore),
        ("callback", """
            SELECT 'the end of run ' || r.run_id || ' never became a callback of its parent ' || p.name
            FROM runs r JOIN sessions s ON s.org = r.org AND s.session_id = r.session_id
                JOIN sessions p ON p.org = r.org AND p.session_id = r.parent_session_id
            WHERE r.completed_at IS NOT NULL AND r.execution_mode = 'async_callback' AND r.parent_session_id <> r.session_id AND s.pruned_to = 0
                AND NOT EXISTS (SELECT 1 FROM callbacks c WHERE c.org = r.org AND c.child_run_id = r.run_id)
                AND (s.place, r.run_id) NOT IN (
                    SELECT e.place, e.run_id FROM events e WHERE e.run_id IS NOT NULL AND e.type = 'callback_dropped')
            """, "send the parent a message with what the child's result says"),
        ("callback", """
            SELECT 'the callback of run ' || c.child_run_id || ' was delivered by run ' || c.delivered_run_id || ', which is not there'
            FROM callbacks c JOIN sessions p ON p.org = c.org AND p.session_id = c.parent_session_id
            WHERE c.delivered_run_id IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.org = c.org AND r.run_id = c.delivered_run_id)
            """, Restore),
        ("orphan", """
            SELECT count(*) || ' events belong to no session (place ' || e.place || ')' FROM events e
            WHERE e.place NOT IN (SELECT place FROM sessions) AND e.place NOT IN (SELECT place FROM imports) GROUP BY e.place
            """, Restore),
        ("orphan", """
            SELECT 'run ' || r.run_id || ' belongs to no session' FROM runs r
            WHERE NOT EXISTS (SELECT 1 FROM sessions s WHERE s.place = r.session_place AND s.org = r.org AND s.session_id = r.session_id)
            """, Restore),
    ];

    /// <returns>What is wrong, at most 100 of each kind; nothing for data that are whole.</returns>
    /// <exception cref="ProductException">NotFound or Unavailable when there is no database of ours that can be read.</exception>
    public static DataReport Run(string folder)
    {
        var path = Path.Combine(folder, "observability.db");
        if (!File.Exists(path) || new FileInfo(path).Length == 0)
        {
            throw new ProductException(ErrorCode.NotFound, $"There is no database in '{folder}'; name the data folder of a server");
        }

        Schema.RequireOurs(path);
        var findings = new List<DataFinding>();
        try
        {
            using var db = Connection.Open(path, OpenMode.Look);
            db.Execute("PRAGMA busy_timeout = 5000; BEGIN");
            foreach (var (kind, sql, remedy) in s_checks)
            {
                findings.AddRange(db.Query(sql).All(row => row.Text()).Take(MaxFindings).Select(what => new DataFinding(kind, what, remedy)));
            }

            var blobs = new BlobFolder(Path.Combine(folder, "blobs"));
            findings.AddRange(EventLog.FindDamaged(db, blobs).Take(MaxFindings).Select(FindingOf));
            findings.AddRange(CheckBlobs(db, blobs).Take(MaxFindings));
            findings.AddRange(CheckContents(db, new ContentFolder(Path.Combine(folder, "documents"))).Take(MaxFindings));
            return new DataReport(findings.Count == 0, db.ReadLong("SELECT count(*) FROM sessions"), db.ReadLong("SELECT count(*) FROM events"), findings);
        }
        catch (SqliteError error) when (error.IsFatal)
        {
            findings.Add(new DataFinding("file", error.Message, Restore));
            return new DataReport(false, 0, 0, findings);
        }
        catch (SqliteError error)
        {
            throw error.ToProduct();
        }
    }

    static DataFinding FindingOf((string Session, long Seq) damaged) =>
        new("checksum", $"event {damaged.Seq} of session {damaged.Session} is not what was written", Restore);

    static IEnumerable<DataFinding> CheckBlobs(Connection db, BlobFolder blobs)
    {
        foreach (var name in db.Query("SELECT DISTINCT blob FROM events WHERE blob IS NOT NULL").All(row => row.Text()))
        {
            if (blobs.Judge(name) is { } wrong)
            {
                yield return new DataFinding("body", $"the file blobs/{name[..2]}/{name} {wrong}", Restore);
            }
        }
    }

    static IEnumerable<DataFinding> CheckContents(Connection db, ContentFolder contents)
    {
        var all = db.Query("SELECT DISTINCT content_id, size_bytes, checksum, is_text FROM document_versions")
            .All(row => new StoredContent(row.Text(), row.Long(), row.Text(), row.Bool()));
        foreach (var content in all)
        {
            if (contents.Judge(content) is { } wrong)
            {
                yield return new DataFinding("document", $"the file documents/{content.ContentId[..2]}/{content.ContentId} {wrong}", Restore);
            }
        }
    }
}
