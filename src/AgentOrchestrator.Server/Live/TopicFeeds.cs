using System.Runtime.CompilerServices;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Live;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Sessions;

namespace AgentOrchestrator.Server.Live;

/// <summary>The topics of our sub-protocol: <c>sessions</c> (everything, live) and <c>session:{id}</c> (a log, from a sequence).</summary>
sealed class TopicFeeds(
    SessionFeed sessionFeed, SessionAccess access, ChangeHub hub, CoordinatorOptions options, Principal principal)
{
    const string OneSession = "session:";

    public async Task<IAsyncEnumerable<TopicFrame>> OpenAsync(string topic, long? after, CancellationToken cancel)
    {
        if (after < 0)
        {
            throw new ProductException(ErrorCode.Invalid, "after must be 0 or more");
        }

        if (topic is "sessions")
        {
            RequireWholeOrg(principal);
            return Everything(new OrgFeed(hub, principal.Org, options.FeedQueue), cancel);
        }

        if (!topic.StartsWith(OneSession, StringComparison.Ordinal))
        {
            throw new ProductException(ErrorCode.NotFound, "topic must be sessions, or session: and an id or name");
        }

        var session = await access.RequireAsync(principal, topic[OneSession.Length..], cancel);
        var frames = await sessionFeed.FollowAsync(principal.Org, session.SessionId, after, cancel);
        return One(session, frames, cancel);
    }

    /// <exception cref="ProductException">Forbidden to an agent, which has only its own session and its children.</exception>
    public static void RequireWholeOrg(Principal principal)
    {
        if (principal.SessionId is not null)
        {
            throw new ProductException(ErrorCode.Forbidden, "an agent may follow its own session and its children: session:{id}");
        }
    }

    static async IAsyncEnumerable<TopicFrame> One(
        Session session, IAsyncEnumerable<FeedFrame> frames, [EnumeratorCancellation] CancellationToken cancel)
    {
        var name = session.Name;
        await foreach (var frame in frames.WithCancellation(cancel))
        {
            if (frame is FeedFrame.Row row)
            {
                name = row.Session.Name;
            }

            yield return frame switch
            {
                FeedFrame.Event e => new TopicFrame { Type = "event", Event = e.Entry.ToView(session.SessionId, name) },
                FeedFrame.Delta d => new TopicFrame { Type = "delta", RunId = d.RunId, Deltas = d.Deltas },
                FeedFrame.Row r => new TopicFrame { Type = "session", Session = r.Session.ToView() },
                FeedFrame.Gap g => new TopicFrame { Type = "gap", From = g.From, To = g.To },
                FeedFrame.Deleted => new TopicFrame { Type = "deleted", SessionId = session.SessionId },
                _ => new TopicFrame { Type = "idle" },
            };
        }
    }

    static async IAsyncEnumerable<TopicFrame> Everything(OrgFeed feed, [EnumeratorCancellation] CancellationToken cancel)
    {
        using (feed)
        {
            await foreach (var change in feed.Changes.ReadAllAsync(cancel))
            {
                switch (change)
                {
                    case SessionCreated c:
                        yield return new TopicFrame { Type = "session", Session = c.Session.ToView() };
                        break;
                    case SessionUpdated u:
                        yield return new TopicFrame { Type = "session", Session = u.Session.ToView() };
                        break;
                    case SessionDeleted d:
                        yield return new TopicFrame { Type = "deleted", SessionId = d.SessionId };
                        break;
                    case EventsAppended appended:
                        foreach (var entry in appended.Entries)
                        {
                            yield return new TopicFrame { Type = "event", Event = entry.ToView(appended.SessionId, appended.SessionName) };
                        }

                        break;
                }
            }

            yield return new TopicFrame { Type = "resync" };
        }
    }
}
