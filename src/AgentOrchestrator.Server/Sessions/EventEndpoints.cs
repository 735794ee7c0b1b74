using System.Runtime.CompilerServices;
using System.Text.Json;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Audit;
using AgentOrchestrator.Server.Http;

namespace AgentOrchestrator.Server.Sessions;

/// <summary>The log of a session, and the seeds' older pair of routes beside it.</summary>
static class EventEndpoints
{
    public static void MapEvents(this IEndpointRouteBuilder app)
    {
        app.MapGet("/sessions/{id}/events", List).Require(Role.Viewer, Role.Agent).Answers<EventList>()
            .WithSummary("The log in order; after a sequence, a page with limit.");
        app.MapPost("/sessions/{id}/events", Append).Require(Role.Operator, Role.Agent).WithoutAudit().Takes<PostEvent>()
            .WithSummary("Appends one event.");
        app.MapGet("/events/{id}", ListAny).Require(Role.Viewer, Role.Agent).Answers<EventList>()
            .WithSummary("As /sessions/{id}/events; an empty list for no session.");
        app.MapPost("/events", AppendUnrouted).Require(Role.Operator, Role.Agent).WithoutAudit().Takes<PostEvent>()
            .WithSummary("Appends to the session that the event names; session_start makes it.");
    }

    static async Task<IResult> List(
        string id, HttpRequest request, Principal caller, ISessionStore sessions, SessionAccess access, CancellationToken cancel) =>
        Entries(request, await access.RequireAsync(caller, id, cancel), sessions);

    static async Task<IResult> ListAny(
        string id, HttpRequest request, Principal caller, ISessionStore sessions, SessionAccess access, CancellationToken cancel)
    {
        var session = await sessions.FindAsync(caller.Org, id, cancel);
        return session is not null && await access.IsOpenToAsync(caller, session, cancel)
            ? Entries(request, session, sessions)
            : Answer.Of(new EventList([]), ProtocolJson.Default.EventList);
    }

    static async Task<Answer<EventPosted>> Append(
        string id, HttpContext http, Principal caller, SessionLog log, SessionAccess access, CancellationToken cancel)
    {
        var posted = await http.Request.ReadAsync(ProtocolJson.Default.PostEvent, cancel);
        await access.GuardAsync(caller, id, cancel);
        var outcome = await log.AppendAsync(caller.Org, id, posted, caller.Actor, http.Request.ReadIdempotencyKey(), cancel);
        return Answer.Of(new EventPosted(true, http.Response.Mark(outcome).LastSeq), ProtocolJson.Default.EventPosted);
    }

    static async Task<Answer<EventPosted>> AppendUnrouted(
        HttpContext http, Principal caller, SessionLog log, SessionAccess access, CancellationToken cancel)
    {
        var posted = await http.Request.ReadAsync(ProtocolJson.Default.PostEvent, cancel);
        await access.GuardAsync(caller, posted.SessionId ?? posted.SessionName ?? "", cancel);
        var outcome = await log.AppendUnroutedAsync(caller.Org, posted, caller.Actor, http.Request.ReadIdempotencyKey(), cancel);
        return Answer.Of(new EventPosted(true, http.Response.Mark(outcome).LastSeq), ProtocolJson.Default.EventPosted);
    }

    static StreamedList<EventView> Entries(HttpRequest request, Session session, ISessionStore sessions)
    {
        var limit = request.ReadLimit();
        var reading = new LogReading(sessions, session, request.ReadAfter(), limit);
        return new StreamedList<EventView>("events", reading.ReadAsync(), ProtocolJson.Default.EventView, writer =>
        {
            if (reading.NextAfter is { } next)
            {
                writer.WriteNumber("next_after", next);
            }
            else
            {
                writer.WriteNull("next_after");
            }

            if (reading.Gaps.Count > 0)
            {
                writer.WritePropertyName("gaps");
                JsonSerializer.Serialize(writer, reading.Gaps, ProtocolJson.Default.IReadOnlyListFeedGap);
            }
        });
    }

    /// <summary>One pass over a log, read in bounded portions.</summary>
    sealed class LogReading(ISessionStore sessions, Session session, long after, int? limit)
    {
        const int Portion = 500;

        /// <summary>Set when the pass ended at its limit with more behind it.</summary>
        public long? NextAfter { get; private set; }

        public List<FeedGap> Gaps { get; } = [];

        public async IAsyncEnumerable<EventView> ReadAsync([EnumeratorCancellation] CancellationToken cancel = default)
        {
            var seq = after;
            var left = limit ?? long.MaxValue;
            while (left > 0)
            {
                var wanted = (int)Math.Min(left, Portion);
                var entries = await sessions.ReadAsync(session.Org, session.SessionId, seq, wanted, cancel);
                foreach (var entry in entries)
                {
                    if (entry.Seq > seq + 1)
                    {
                        Gaps.Add(new FeedGap(seq + 1, entry.Seq - 1));
                    }

                    seq = entry.Seq;
                    yield return entry.ToView(session.SessionId, session.Name);
                }

                left -= entries.Count;
                if (entries.Count < wanted)
                {
                    yield break;
                }
            }

            NextAfter = seq < session.LastSeq ? seq : null;
        }
    }
}
