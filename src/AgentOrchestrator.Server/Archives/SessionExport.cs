using System.Text.Json;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Archives;
using AgentOrchestrator.Server.Http;
using AgentOrchestrator.Server.Runs;
using AgentOrchestrator.Server.Sessions;

namespace AgentOrchestrator.Server.Archives;

/// <summary>Writes a session as JSON Lines, as it is read: the same memory for ten entries and for a million.</summary>
sealed class SessionExport(ISessionStore sessions, IRunStore runs)
{
    public const string MediaType = "application/x-ndjson";
    const int Portion = 500;
    const int FlushBytes = 32 * 1024;

    public async Task WriteAsync(HttpResponse response, Session session, CancellationToken cancel)
    {
        response.ContentType = MediaType;
        response.Headers.ContentDisposition = $"attachment; filename=\"{session.Name}.jsonl\"";
        await using var json = new Utf8JsonWriter(response.BodyWriter, JsonBytes.Readable);
        await WriteAsync(
            new SessionLine { Kind = SessionLine.OfSession, Version = SessionLine.CurrentVersion, Session = session.ToView() });
        await foreach (var run in runs.ListAsync(session.Org, new RunQuery { SessionId = session.SessionId }, cancel))
        {
            await WriteAsync(new SessionLine { Kind = SessionLine.OfRun, Run = run.ToView() });
        }

        // The log up to here has the ends of all runs that were listed as ended.
        var head = await RequireAsync(session, cancel);
        var last = 0L;
        while (last < head.LastSeq)
        {
            var entries = await sessions.ReadAsync(session.Org, session.SessionId, last, (int)Math.Min(Portion, head.LastSeq - last), cancel);
            foreach (var entry in entries.TakeWhile(entry => entry.Seq <= head.LastSeq))
            {
                RequireWhole(entry, session);
                await WriteAsync(new SessionLine { Kind = SessionLine.OfEvent, Event = entry.ToView(session.SessionId, session.Name) });
            }

            last = entries.Count == 0 ? head.LastSeq : entries[^1].Seq;
        }

        // What was pruned meanwhile is said; a session that went away meanwhile cuts the file short.
        var prunedTo = (await RequireAsync(session, cancel)).PrunedTo;
        await WriteAsync(new SessionLine { Kind = SessionLine.OfEnd, LastSeq = head.LastSeq, PrunedTo = prunedTo });
        await response.BodyWriter.FlushAsync(cancel);

        async ValueTask WriteAsync(SessionLine line)
        {
            JsonSerializer.Serialize(json, line, CompactJson.Default.SessionLine);
            json.Flush();
            json.Reset();
            response.BodyWriter.GetSpan(1)[0] = (byte)'\n';
            response.BodyWriter.Advance(1);
            if (response.BodyWriter.UnflushedBytes >= FlushBytes)
            {
                await response.BodyWriter.FlushAsync(cancel);
            }
        }
    }

    /// <summary>The file is cut short there: an archive must not make damage look like history.</summary>
    static void RequireWhole(LogEntry entry, Session session)
    {
        if (!entry.IsWhole())
        {
            throw new ProductException(
                ErrorCode.Unavailable, $"event {entry.Seq} of session {session.Name} is not what was written: its checksum does not hold; restore a backup");
        }
    }

    async Task<Session> RequireAsync(Session session, CancellationToken cancel) =>
        await sessions.FindAsync(session.Org, session.SessionId, cancel) ?? throw SessionAccess.NotFound();
}
