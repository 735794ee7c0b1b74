using System.Security.Cryptography;
using System.Text;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Archives;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Sessions;
using Npgsql;

namespace AgentOrchestrator.Postgres.Sessions;

/// <summary>What an append left behind.</summary>
sealed record Written(Session Session, IReadOnlyList<LogEntry> Entries);

/// <summary>The events of a session's log: appended in one statement, which reserves their sequences, and read by sequence.</summary>
static class EventLog
{
    /// <summary>Larger bodies go into a table of their own, so that pages of a log stay dense.</summary>
    const int MaxBodyBytes = 256 * 1024;

    const string Columns =
        """
        SELECT e.id, e.seq, e.type, e.timestamp, e.recorded_at, e.run_id, e.actor, e.checksum, COALESCE(e.body, b.body)
        FROM events e LEFT JOIN blobs b ON b.org = e.org AND b.session_id = e.session_id AND b.sha256 = e.blob
        """;

    // Rows of runs change only under the session's lock, which the transaction holds when it asks for this.
    const string Settled =
        """
        , status = COALESCE(
            (SELECT CASE r.status WHEN 'stopping' THEN 'stopping' ELSE 'running' END FROM runs r
             WHERE r.org = s.org AND r.session_id = s.session_id AND r.status IN ('claimed', 'running', 'waiting', 'stopping')),
            (SELECT 'pending' FROM runs r WHERE r.org = s.org AND r.session_id = s.session_id AND r.status = 'pending' LIMIT 1),
            @otherwise, s.status),
        waiting_reason = (SELECT r.waiting_reason FROM runs r
             WHERE r.org = s.org AND r.session_id = s.session_id AND r.status = 'waiting')
        """;

    /// <summary>Appends without a look at the session's status. Null when there is no session of that id.</summary>
    public static Task<Written?> AppendAsync(Tx tx, string org, string sessionId, IReadOnlyList<NewEvent> events) =>
        WriteAsync(tx, org, sessionId, events, settled: "", otherwise: null);

    /// <summary>
    /// Appends and gives the session the status of its runs: of the live one, else pending if one is queued, else
    /// <paramref name="otherwise"/>, else what it had. The caller holds the session's lock.
    /// </summary>
    public static async Task<Written> SettleAsync(Tx tx, Session before, IReadOnlyList<NewEvent> events, SessionStatus? otherwise) =>
        await WriteAsync(tx, before.Org, before.SessionId, events, Settled, otherwise, before).ConfigureAwait(false)
            ?? throw new InvalidOperationException("A locked session is gone.");

    public static async Task<IReadOnlyList<LogEntry>> ReadAsync(Tx tx, string org, string sessionId, long afterSeq, int limit) =>
        await tx.AllAsync(
            new Statement($"{Columns} WHERE e.org = @org AND e.session_id = @session AND e.seq > @after ORDER BY e.seq LIMIT @limit")
                .Text("org", org).Text("session", sessionId).Number("after", afterSeq).Number("limit", limit),
            ReadEntry).ConfigureAwait(false);

    /// <summary>The newest entry with a result above the start of the session's latest run.</summary>
    public static Task<LogEntry?> FindResultAsync(Tx tx, string org, string sessionId) => tx.FirstAsync(
        new Statement(
            $"""
            {Columns} WHERE e.org = @org AND e.session_id = @session AND e.is_result
                AND e.seq > (SELECT s.run_start_seq FROM sessions s WHERE s.org = @org AND s.session_id = @session)
            ORDER BY e.seq DESC LIMIT 1
            """)
            .Text("org", org).Text("session", sessionId),
        ReadEntry)!;

    /// <summary>Writes entries as they were, under sequences that the session's row has given out.</summary>
    public static async Task ImportAsync(Tx tx, Session session, IReadOnlyList<ArchivedEntry> entries)
    {
        IReadOnlyList<NewEvent> events = [.. entries.Select(entry => entry.Event)];
        var (bodies, blobs) = Split(events);
        await tx.ExecuteAsync(
            new Statement(
                """
                INSERT INTO events (org, session_id, seq, type, timestamp, recorded_at, run_id, actor, is_result, checksum, body, blob)
                SELECT @org, @session, e.*
                FROM unnest(@seqs, @types, @timestamps, @times, @runs, @actors, @results, @checksums, @bodies, @blobs) AS e
                """)
                .Text("org", session.Org).Text("session", session.SessionId).Numbers("seqs", entries.Select(entry => entry.Seq))
                .Texts("types", events.Select(e => e.Type)).Texts("timestamps", events.Select(e => e.Timestamp))
                .Times("times", entries.Select(entry => entry.RecordedAt)).Texts("runs", events.Select(e => e.RunId))
                .Texts("actors", events.Select(e => e.Actor)).Flags("results", events.Select(e => e.IsResult))
                .Numbers("checksums", entries.Select(entry => (long)LogChecksum.At(LogChecksum.OfContent(entry.Event), entry.Seq, entry.RecordedAt)))
                .Texts("bodies", bodies).Texts("blobs", blobs)).ConfigureAwait(false);
        await KeepBlobsAsync(tx, session.Org, session.SessionId, events, blobs).ConfigureAwait(false);
    }

    /// <summary>Bodies that stay in their row, and the names of those that do not.</summary>
    static (string?[] Bodies, string?[] Blobs) Split(IReadOnlyList<NewEvent> events) => (
        [.. events.Select(e => e.Body.Length > MaxBodyBytes ? null : Encoding.UTF8.GetString(e.Body.Span))],
        [.. events.Select(e => e.Body.Length > MaxBodyBytes ? Convert.ToHexStringLower(SHA256.HashData(e.Body.Span)) : null)]);

    static async Task<Written?> WriteAsync(
        Tx tx, string org, string sessionId, IReadOnlyList<NewEvent> events, string settled, SessionStatus? otherwise, Session? before = null)
    {
        var (bodies, blobs) = Split(events);
        var append = new Statement(
            $"""
            WITH head AS (
                UPDATE sessions s
                SET last_seq = s.last_seq + @count, changed_at = COALESCE(@now, clock_timestamp()) {settled}
                WHERE s.org = @org AND s.session_id = @session
                RETURNING s.*
            ), written AS (
                INSERT INTO events (org, session_id, seq, type, timestamp, recorded_at, run_id, actor, is_result, checksum, body, blob)
                SELECT head.org, head.session_id, head.last_seq - @count + e.ordinal, e.type, e.timestamp, head.changed_at, e.run_id, e.actor,
                    e.is_result, e.content # ((p.place # (p.place >> 32)) & 4294967295), e.body, e.blob
                FROM head, unnest(@types, @timestamps, @runs, @actors, @results, @contents, @bodies, @blobs)
                    WITH ORDINALITY AS e(type, timestamp, run_id, actor, is_result, content, body, blob, ordinal),
                    -- As LogChecksum.At does it.
                    LATERAL (SELECT ((head.last_seq - @count + e.ordinal) * 2654435761)
                        # (extract(epoch FROM head.changed_at) * 1000000)::bigint AS place) p
                RETURNING id, seq
            )
            SELECT {SessionRows.Columns}, s.changed_at, (SELECT array_agg(w.id ORDER BY w.seq) FROM written w) FROM head s
            """)
            .Text("org", org).Text("session", sessionId).Number("count", events.Count).Time("now", tx.NowOrNull)
            .Texts("types", events.Select(e => e.Type)).Texts("timestamps", events.Select(e => e.Timestamp))
            .Texts("runs", events.Select(e => e.RunId)).Texts("actors", events.Select(e => e.Actor))
            .Flags("results", events.Select(e => e.IsResult)).Numbers("contents", events.Select(e => (long)LogChecksum.OfContent(e)))
            .Texts("bodies", bodies).Texts("blobs", blobs);
        if (settled.Length > 0)
        {
            append.Text("otherwise", otherwise is { } status ? WireEnum<SessionStatus>.Text(status) : null);
        }

        var written = await tx.FirstAsync(append, reader => ReadWritten(reader, events)).ConfigureAwait(false);
        if (written is null)
        {
            return null;
        }

        tx.Holds(org, sessionId);
        await KeepBlobsAsync(tx, org, sessionId, events, blobs).ConfigureAwait(false);
        if (before is not null && (before.Status, before.WaitingReason) != (written.Session.Status, written.Session.WaitingReason))
        {
            tx.Changed(new SessionUpdated(written.Session));
        }

        if (written.Entries.Count > 0)
        {
            tx.Changed(new EventsAppended(org, sessionId, written.Session.Name, written.Entries));
        }

        return written;
    }

    static async Task KeepBlobsAsync(Tx tx, string org, string sessionId, IReadOnlyList<NewEvent> events, string?[] blobs)
    {
        for (var i = 0; i < events.Count; i++)
        {
            if (blobs[i] is { } sha256)
            {
                await tx.ExecuteAsync(new Statement(
                    "INSERT INTO blobs (org, session_id, sha256, body) VALUES (@org, @session, @sha256, @body) ON CONFLICT DO NOTHING")
                    .Text("org", org).Text("session", sessionId).Text("sha256", sha256)
                    .Text("body", Encoding.UTF8.GetString(events[i].Body.Span))).ConfigureAwait(false);
            }
        }
    }

    static Written ReadWritten(NpgsqlDataReader reader, IReadOnlyList<NewEvent> events)
    {
        var row = new Row(reader);
        var session = SessionRows.Read(ref row);
        var recordedAt = row.Time();
        var ids = row.Numbers();
        var firstSeq = session.LastSeq - events.Count + 1;
        return new Written(session, [.. events.Select((e, i) => new LogEntry
        {
            Id = ids[i],
            Seq = firstSeq + i,
            Type = e.Type,
            Timestamp = e.Timestamp,
            RecordedAt = recordedAt,
            RunId = e.RunId,
            Actor = e.Actor,
            Body = e.Body,
        })]);
    }

    static LogEntry ReadEntry(NpgsqlDataReader reader)
    {
        var row = new Row(reader);
        return new LogEntry
        {
            Id = row.Number(),
            Seq = row.Number(),
            Type = row.Text(),
            Timestamp = row.Text(),
            RecordedAt = row.Time(),
            RunId = row.TextOrNull(),
            Actor = row.TextOrNull(),
            Checksum = (uint)row.Number(),
            Body = Encoding.UTF8.GetBytes(row.Text()),
        };
    }
}
