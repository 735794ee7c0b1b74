using System.Runtime.CompilerServices;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Coordinator.Live;

/// <summary>
/// One session's log from any sequence: replay, then live, with no window between, because listening begins before the first read
/// and the cursor is the log's own sequence. A slow reader reads the log at its own pace; nothing is queued for it beyond a bound.
/// </summary>
public sealed class SessionFeed(ISessionStore sessions, ChangeHub hub, CoordinatorOptions options)
{
    /// <summary>Follows until cancelled or the session is deleted.</summary>
    /// <param name="after">The last sequence that the reader has; 0 for everything, null for only what comes.</param>
    /// <exception cref="ProductException">NotFound; Conflict <c>cursor_ahead</c> for a sequence that the log has not reached.</exception>
    /// <param name="children">The live runs of its children, where their texts and moves are wanted too; null for none of that.</param>
    public async Task<IAsyncEnumerable<FeedFrame>> FollowAsync(
        string org, string idOrName, long? after, CancellationToken cancel, IReadOnlyCollection<string>? children = null)
    {
        var session = await sessions.FindAsync(org, idOrName, cancel).ConfigureAwait(false)
            ?? throw new ProductException(ErrorCode.NotFound, "Session not found");
        if (after > session.LastSeq)
        {
            throw new ProductException(
                ErrorCode.Conflict, $"the log ends at {session.LastSeq}; follow from there or below", "cursor_ahead");
        }

        return Follow(session, after ?? session.LastSeq, children, cancel);
    }

    async IAsyncEnumerable<FeedFrame> Follow(
        Session session, long cursor, IReadOnlyCollection<string>? children, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var tail = new SessionTail(session.Org, session.SessionId, options.FeedQueue, children);
        using var listening = hub.Subscribe(tail.Note);

        // Between the look-up and the listening something may have changed; the first frame says how things stand.
        var now = await sessions.FindAsync(session.Org, session.SessionId, cancel).ConfigureAwait(false);
        if (now is null)
        {
            yield return new FeedFrame.Deleted();
            yield break;
        }

        yield return new FeedFrame.Row(now);
        var mustRead = true;
        while (true)
        {
            while (mustRead)
            {
                var page = await sessions.ReadAsync(session.Org, session.SessionId, cursor, options.MaxEventsPerPage, cancel)
                    .ConfigureAwait(false);
                foreach (var entry in page)
                {
                    if (entry.Seq > cursor + 1)
                    {
                        yield return new FeedFrame.Gap(cursor + 1, entry.Seq - 1);
                    }

                    cursor = entry.Seq;
                    yield return new FeedFrame.Event(entry);
                }

                mustRead = page.Count == options.MaxEventsPerPage;
            }

            if (!await tail.WaitAsync(options.FeedHeartbeat, cancel).ConfigureAwait(false))
            {
                // Hints may be lost; what was committed is found here at the latest.
                mustRead = true;
                yield return new FeedFrame.Idle();
                continue;
            }

            var news = tail.Drain();
            foreach (var frame in news.Frames)
            {
                if (frame is not FeedFrame.Event { Entry.Seq: var seq })
                {
                    yield return frame;
                }
                else if (seq == cursor + 1)
                {
                    cursor = seq;
                    yield return frame;
                }
                else if (seq > cursor)
                {
                    mustRead = true;
                    break;
                }
            }

            mustRead |= news.IsBehind;
            if (news.Row is { } row)
            {
                if (row.LastSeq > cursor)
                {
                    mustRead = true;
                }

                yield return new FeedFrame.Row(row);
            }

            if (news.IsDeleted)
            {
                yield return new FeedFrame.Deleted();
                yield break;
            }
        }
    }
}
