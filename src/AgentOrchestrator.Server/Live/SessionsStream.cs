using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Live;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Server.Sessions;

namespace AgentOrchestrator.Server.Live;

/// <summary>
/// <c>GET /sse/sessions</c>: a snapshot, then everything, as the seeds have it. A reader that comes back gets a new snapshot,
/// whatever <c>Last-Event-ID</c> it sends, because what it missed is in no log of this shape; one session's log is <c>/sessions/{id}/feed</c>.
/// </summary>
sealed class SessionsStream(ISessionStore sessions, ChangeHub hub, CoordinatorOptions options, TimeProvider clock)
{
    int _ordinal;

    /// <param name="only">The session to show; null for all.</param>
    public async Task WriteAsync(HttpContext http, string org, Session? only, bool isInitWanted, FeedLife life)
    {
        var end = life.End;
        using var stream = new SseStream(http, options.FeedSendTimeout);
        using var feed = new OrgFeed(hub, org, options.FeedQueue);
        try
        {
            if (isInitWanted)
            {
                stream.Write(Id("ini"), "init", new(await SnapshotAsync(org, only, end)), LiveJson.Default.SessionsData);
            }

            await stream.FlushAsync(end);
            while (await WaitAsync(feed, stream, end))
            {
                while (feed.Changes.TryRead(out var change))
                {
                    Write(stream, change, only?.SessionId);
                }

                await stream.FlushAsync(end);
            }
        }
        catch (OperationCanceledException)
        {
            // The reader left or was too slow, or the server drains: it comes back for a new snapshot.
            await stream.SayWhyAsync(life);
        }
    }

    async Task<bool> WaitAsync(OrgFeed feed, SseStream stream, CancellationToken end)
    {
        var news = feed.Changes.WaitToReadAsync(end).AsTask();
        while (true)
        {
            try
            {
                return await news.WaitAsync(options.FeedHeartbeat, clock, end);
            }
            catch (TimeoutException)
            {
                stream.WriteComment("heartbeat");
                await stream.FlushAsync(end);
            }
        }
    }

    async Task<IReadOnlyList<SessionView>> SnapshotAsync(string org, Session? only, CancellationToken cancel)
    {
        if (only is not null)
        {
            return await sessions.FindAsync(org, only.SessionId, cancel) is { } found ? [found.ToView()] : [];
        }

        var views = new List<SessionView>();
        await foreach (var session in sessions.ListAsync(org, new SessionQuery(), cancel))
        {
            views.Add(session.ToView());
        }

        return views;
    }

    void Write(SseStream stream, Change change, string? only)
    {
        switch (change)
        {
            case SessionCreated { Session: var s } when Is(only, s.SessionId):
                stream.Write(Id("scr"), "session_created", new(s.ToView()), LiveJson.Default.SessionData);
                break;
            case SessionUpdated { Session: var s } when Is(only, s.SessionId):
                stream.Write(Id("sup"), "session_updated", new(s.ToView()), LiveJson.Default.SessionData);
                break;
            case Coordinator.SessionDeleted d when Is(only, d.SessionId):
                stream.Write(Id("sdl"), "session_deleted", new(d.SessionId), LiveJson.Default.SessionIdData);
                break;
            case EventsAppended a when Is(only, a.SessionId):
                foreach (var entry in a.Entries)
                {
                    stream.Write(Id("evt"), "event", new(entry.ToView(a.SessionId, a.SessionName)), LiveJson.Default.EventData);
                }

                break;
            case RunChanged r when BroadcastFrames.IsExpiry(r) && Is(only, r.Run.SessionId):
                stream.Write(Id("rfl"), "run_failed", new(r.Run.RunId, r.Run.Error, r.Run.SessionId), LiveJson.Default.RunFailedData);
                break;
        }
    }

    static bool Is(string? only, string sessionId) => only is null || only == sessionId;

    string Id(string word)
    {
        var ordinal = Interlocked.Increment(ref _ordinal) % 1_000;
        return $"{clock.GetUtcNow().ToUnixTimeMilliseconds()}-{word}-{ordinal:000}";
    }
}
