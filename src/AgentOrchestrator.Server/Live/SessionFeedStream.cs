using System.Globalization;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Live;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Server.Sessions;

namespace AgentOrchestrator.Server.Live;

/// <summary><c>GET /sessions/{id}/feed</c>: a session's log as server-sent events, <c>id</c> = sequence, resumable by it.</summary>
sealed class SessionFeedStream(SessionFeed feed, CoordinatorOptions options)
{
    public async Task WriteAsync(HttpContext http, Session session, long? after, FeedLife life)
    {
        var end = life.End;
        var frames = await feed.FollowAsync(session.Org, session.SessionId, after, end);
        using var stream = new SseStream(http, options.FeedSendTimeout);
        var name = session.Name;
        await using var reader = frames.GetAsyncEnumerator(end);
        try
        {
            while (true)
            {
                var next = reader.MoveNextAsync();
                if (!next.IsCompleted)
                {
                    // Nothing more at hand: what was written goes out now.
                    await stream.FlushAsync(end);
                }

                if (!await next)
                {
                    await stream.FlushAsync(end);
                    return;
                }

                if (reader.Current is FeedFrame.Row row)
                {
                    name = row.Session.Name;
                }

                Write(stream, reader.Current, session.SessionId, name);
                if (http.Response.BodyWriter.UnflushedBytes > 64 * 1024)
                {
                    await stream.FlushAsync(end);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The reader left or was too slow, or the server drains: it resumes by its last id.
            await stream.SayWhyAsync(life);
        }
    }

    /// <summary>The sequence to begin after: <c>Last-Event-ID</c> wins over <c>after</c>; neither = the whole log.</summary>
    /// <exception cref="ProductException"><see cref="ErrorCode.Malformed"/> for text that is no sequence.</exception>
    public static long ReadCursor(HttpRequest request)
    {
        var text = request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } last ? last : request.Query["after"].ToString();
        if (text.Length == 0)
        {
            return 0;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var after)
            ? after
            : throw new ProductException(ErrorCode.Malformed, "after (or Last-Event-ID) must be a sequence number, 0 or more");
    }

    static void Write(SseStream stream, FeedFrame frame, string sessionId, string sessionName)
    {
        switch (frame)
        {
            case FeedFrame.Event { Entry: var entry }:
                stream.WriteRaw(
                    entry.Seq.ToString(CultureInfo.InvariantCulture), "event", EventRendering.Of(entry, sessionId, sessionName).Span);
                break;
            case FeedFrame.Delta delta:
                stream.Write(null, "delta", new(delta.RunId, delta.Deltas), ProtocolJson.Default.FeedDeltas);
                break;
            case FeedFrame.Row row:
                stream.Write(null, "session", row.Session.ToView(), ProtocolJson.Default.SessionView);
                break;
            case FeedFrame.Gap gap:
                stream.Write(gap.To.ToString(CultureInfo.InvariantCulture), "gap", new(gap.From, gap.To), ProtocolJson.Default.FeedGap);
                break;
            case FeedFrame.Deleted:
                stream.Write(null, "deleted", new(sessionId), LiveJson.Default.SessionIdData);
                break;
            default:
                stream.WriteComment("alive");
                break;
        }
    }
}
