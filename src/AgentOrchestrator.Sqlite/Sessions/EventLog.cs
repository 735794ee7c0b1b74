using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Sqlite.Sessions;

/// <summary>The events of a session's log: appended under sequences that their session's row gives out, and read by sequence.</summary>
static class EventLog
{
    const string Columns = "id, seq, type, timestamp, recorded_at, run_id, actor, checksum, body, blob";

    /// <summary>Puts large bodies on disk, before and outside of the transaction that refers to them.</summary>
    public static void Stage(BlobFolder blobs, IReadOnlyList<NewEvent> events)
    {
        for (var i = 0; i < events.Count; i++)
        {
            if (events[i].Body.Length > BlobFolder.InlineBytes)
            {
                blobs.Write(events[i].Body.Span);
            }
        }
    }

    /// <summary>Null when there is no session of that id.</summary>
    public static EventsAppended? Append(WriteTransaction transaction, string org, string sessionId, IReadOnlyList<NewEvent> events)
    {
        if (LogHead.Find(transaction.Db, org, sessionId)?.After(events) is not { } head)
        {
            return null;
        }

        // Read and then written, as the only writer may: RETURNING would build a temporary table at each event.
        transaction.Db.Query("UPDATE sessions SET last_seq = ?2, result_seq = COALESCE(?3, result_seq) WHERE place = ?1")
            .Bind(head.Place).Bind(head.LastSeq).Bind(head.ResultSeq(events)).Run();
        return Write(transaction, org, sessionId, head, events);
    }

    /// <summary>Writes events whose sequences, up to the head's last, the session's row has given out.</summary>
    public static EventsAppended Write(
        WriteTransaction transaction, string org, string sessionId, LogHead head, IReadOnlyList<NewEvent> events)
    {
        var entries = new LogEntry[events.Count];
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i] = Insert(transaction, head.Place, head.LastSeq - entries.Length + 1 + i, events[i], transaction.Now);
        }

        return new EventsAppended(org, sessionId, head.Name, entries);
    }

    /// <summary>Of every log the entries that are not what was written. One whose body has no file is left to who looks after files.</summary>
    public static IEnumerable<(string Session, long Seq)> FindDamaged(Connection db, BlobFolder blobs)
    {
        using var rows = db.Query("""
            SELECT COALESCE(s.name, e.place), e.id, e.seq, e.type, e.timestamp, e.recorded_at, e.run_id, e.actor, e.checksum, e.body, e.blob
            FROM events e LEFT JOIN sessions s ON s.place = e.place ORDER BY e.id
            """);
        while (rows.Read())
        {
            var session = rows.Text();
            if (TryRead(rows, blobs) is { } entry && !entry.IsWhole())
            {
                yield return (session, entry.Seq);
            }
        }
    }

    public static IReadOnlyList<LogEntry> Read(Connection db, BlobFolder blobs, string org, string sessionId, long afterSeq, int limit) =>
        db.Query($"SELECT {Columns} FROM events WHERE place = {LogHead.PlaceOf} AND seq > ?3 ORDER BY seq LIMIT ?4")
            .Bind(org).Bind(sessionId).Bind(afterSeq).Bind(limit)
            .All(row => ReadEntry(row, blobs));

    /// <summary>The newest entry with a result above the start of the session's latest run.</summary>
    public static LogEntry? FindResult(Connection db, BlobFolder blobs, string org, string sessionId) =>
        db.Query($"""
            SELECT {Columns} FROM events WHERE place = {LogHead.PlaceOf} AND seq = (
                SELECT result_seq FROM sessions WHERE org = ?1 AND session_id = ?2 AND result_seq > run_start_seq)
            """)
            .Bind(org).Bind(sessionId)
            .First(row => ReadEntry(row, blobs));

    public static LogEntry Insert(WriteTransaction transaction, long place, long seq, NewEvent e, DateTimeOffset recordedAt)
    {
        var isLarge = e.Body.Length > BlobFolder.InlineBytes;
        var row = transaction.Db.Query("""
            INSERT INTO events (place, seq, type, timestamp, recorded_at, run_id, actor, checksum, blob, body)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """)
            .Bind(place).Bind(seq).Bind(e.Type).Bind(e.Timestamp).Bind(recordedAt).Bind(e.RunId).Bind(e.Actor)
            .Bind((long)LogChecksum.At(LogChecksum.OfContent(e), seq, recordedAt)).Bind(isLarge ? transaction.Blobs.Write(e.Body.Span) : null);
        (isLarge ? row.Bind((string?)null) : row.Bind(e.Body)).Run();
        return new LogEntry
        {
            Id = transaction.Db.LastRowId,
            Seq = seq,
            Type = e.Type,
            Timestamp = e.Timestamp,
            RecordedAt = recordedAt,
            RunId = e.RunId,
            Actor = e.Actor,
            Body = e.Body,
        };
    }

    static LogEntry? TryRead(Statement row, BlobFolder blobs)
    {
        try
        {
            return ReadEntry(row, blobs);
        }
        catch (ProductException missing) when (missing.Code is ErrorCode.Unavailable)
        {
            return null;
        }
    }

    static LogEntry ReadEntry(Statement row, BlobFolder blobs)
    {
        var entry = new LogEntry
        {
            Id = row.Long(),
            Seq = row.Long(),
            Type = row.Text(),
            Timestamp = row.Text(),
            RecordedAt = row.Instant(),
            RunId = row.TextOrNull(),
            Actor = row.TextOrNull(),
            Checksum = (uint)row.Long(),
            Body = row.Bytes(),
        };
        return row.TextOrNull() is { } blob ? entry with { Body = blobs.Read(blob) } : entry;
    }
}
