using System.Security.Cryptography;
using System.Text;
using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Rooms;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Coordinator.Rooms;

/// <summary>Takes what was said in a room to whom it is for, one message after the other: each becomes a run in the child session of its agent.</summary>
/// <remarks>
/// The room's log is the truth: a message is routed when the room has moved on behind it. A run is queued under a key of its message and agent, so that
/// a node that dies on the way, or another that does the same, queues nothing twice.
/// </remarks>
public sealed class RoomRouter(
    IRoomStore rooms, ISessionStore sessions, RunQueue queue, AgentCatalog agents, RoomPolicy policy, CoordinatorOptions options, TimeProvider time)
{
    const int PageLength = 100;

    /// <summary>Goes on until nothing is left to route.</summary>
    public async Task RouteAsync(string org, string roomId, CancellationToken cancel)
    {
        while (await rooms.FindAsync(org, roomId, cancel).ConfigureAwait(false) is { } room && room.Session.LastSeq > room.RoutedSeq)
        {
            var page = await sessions.ReadAsync(org, roomId, room.RoutedSeq, PageLength, cancel).ConfigureAwait(false);
            if (page.Count == 0) { return; }

            var message = page.FirstOrDefault(entry => entry.Type == EventTypes.RoomMessage);
            var step = message is null ? new RoomStep(org, roomId, room.RoutedSeq, page[^1].Seq, [], []) : await StepAsync(room, message, cancel).ConfigureAwait(false);
            await rooms.StepAsync(step, cancel).ConfigureAwait(false);
        }
    }

    async Task<RoomStep> StepAsync(Room room, LogEntry entry, CancellationToken cancel)
    {
        var message = new RoomMessage(entry);
        var step = new RoomStep(room.Session.Org, room.Session.SessionId, room.RoutedSeq, entry.Seq, [], []);
        var origin = message.Data.RouteRunId is { } runId ? await rooms.FindRouteAsync(step.Org, runId, cancel).ConfigureAwait(false) : null;

        // An agent that nobody asked is the greeting; what it says goes to people alone.
        if (message.Data.Agent is not null && origin is null) { return step; }

        var listed = await agents.ListAsync(step.Org, [], cancel).ConfigureAwait(false);
        if (await PlanAsync(room, message, origin, listed, cancel).ConfigureAwait(false) is not { } plan) { return step; }

        var (rootSeq, hop) = origin is null ? (entry.Seq, 1) : (origin.RootSeq, origin.Hop + 1);
        var (routes, refused) = await SendAsync(room, message, plan, rootSeq, hop, cancel).ConfigureAwait(false);
        var skipped = plan.Skipped.Concat(refused).ToList();
        var routed = new RoomRoutedData
        {
            Seq = entry.Seq,
            RootSeq = rootSeq,
            Hop = hop,
            Mode = plan.Mode,
            Targets = [.. routes.Select(route => new RoomTarget(route.Agent, route.RunId))],
            Skipped = skipped,
        };
        return step with { Routes = routes, Events = [RoomEvents.Routed(routed, time.GetUtcNow()), .. Notices(message, routes.Count, skipped)] };
    }

    async Task<RoomPlan?> PlanAsync(Room room, RoomMessage message, RoomRoute? origin, IReadOnlyList<AgentView> listed, CancellationToken cancel)
    {
        var known = listed.Select(agent => new RoomAgent(agent.Name, TroubleOf(agent))).ToList();
        if (message.Data.Agent is { } sender)
        {
            if (RoomPlan.OfAgent(message.Text, sender, known) is not { } plan) { return null; }

            var earlier = await rooms.ListRoutesAsync(room.Session.Org, room.Session.SessionId, origin!.RootSeq, cancel).ConfigureAwait(false);
            return RoomLimits.Apply(plan, sender, origin.Hop + 1, earlier, options);
        }

        var fallback = room.LockedAgent ?? policy.DefaultOf(known);
        return RoomLimits.Apply(RoomPlan.Of(message.Text, known, policy.DefaultAgent, fallback, room.LockedAgent is not null), null, 1, [], options);
    }

    async Task<(IReadOnlyList<RoomRoute> Routes, IReadOnlyList<RoomSkip> Refused)> SendAsync(
        Room room, RoomMessage message, RoomPlan plan, long rootSeq, int hop, CancellationToken cancel)
    {
        var routes = new List<RoomRoute>();
        var refused = new List<RoomSkip>();
        foreach (var part in plan.Parts)
        {
            try
            {
                var run = await EnqueueAsync(room, message, part, cancel).ConfigureAwait(false);
                routes.Add(new RoomRoute
                {
                    Org = room.Session.Org,
                    RoomId = room.Session.SessionId,
                    RunId = run.RunId,
                    Seq = message.Seq,
                    RootSeq = rootSeq,
                    Hop = hop,
                    Sender = message.Data.Agent,
                    Agent = part.Agent,
                });
            }
            catch (ProductException no) when (no.Code is ErrorCode.NotFound or ErrorCode.Conflict or ErrorCode.LimitExceeded or ErrorCode.Invalid)
            {
                refused.Add(new RoomSkip(part.Agent, no.Reason ?? no.Message));
            }
        }

        return (routes, refused);
    }

    async Task<Run> EnqueueAsync(Room room, RoomMessage message, RoomPart part, CancellationToken cancel)
    {
        var name = ChildName(room, part.Agent);
        var request = new CreateRun
        {
            SessionName = name,
            AgentName = part.Agent,
            Prompt = part.Text,
            ParentSessionId = room.Session.SessionId,
            ExecutionMode = ExecutionMode.AsyncCallback,
        };
        var requester = new RunRequester(room.Session.Org, message.Actor);
        var child = await sessions.FindAsync(room.Session.Org, name, cancel).ConfigureAwait(false);
        var key = KeyOf(room, message.Seq, part.Agent);
        try
        {
            var type = child is null ? RunType.StartSession : RunType.ResumeSession;
            return (await queue.EnqueueAsync(requester, request with { Type = type }, key, cancel).ConfigureAwait(false)).Value;
        }
        catch (ProductException raced) when (raced.Reason is "session_exists")
        {
            // Another node has begun this agent's session in between.
            return (await queue.EnqueueAsync(requester, request with { Type = RunType.ResumeSession }, key, cancel).ConfigureAwait(false)).Value;
        }
    }

    /// <summary>What people are told when not everybody can be spoken to. Among agents only an end of their talk is told.</summary>
    IEnumerable<NewEvent> Notices(RoomMessage message, int sent, IReadOnlyList<RoomSkip> skipped)
    {
        var now = time.GetUtcNow();
        var told = message.Data.Agent is null ? skipped : [.. skipped.Where(skip => RoomLimits.IsLimit(skip.Reason))];
        if (told.Count > 0)
        {
            var reason = told.FirstOrDefault(skip => RoomLimits.IsLimit(skip.Reason))?.Reason ?? "skipped";
            var text = string.Join(", ", told.Select(skip => $"{skip.Agent} ({RoomLimits.Explain(skip.Reason, options)})"));
            yield return RoomEvents.Notice(reason, new RoomNoticeData { Text = text, Seq = message.Seq }, now);
        }

        if (message.Data.Agent is null && sent == 0)
        {
            yield return RoomEvents.Notice("nobody", new RoomNoticeData { Text = "No agent could take the message.", Seq = message.Seq }, now);
        }
    }

    static string? TroubleOf(AgentView agent) =>
        agent.Error is not null ? "failed" : agent.Status == AgentStatuses.Active ? null : "stopped";

    /// <summary>One name for each room, agent and epoch, so that no two nodes begin two sessions for them.</summary>
    static string ChildName(Room room, string agent)
    {
        var name = $"{room.Session.SessionId}-{(room.Epoch == 0 ? "" : $"{room.Epoch}-")}{agent}".ToLowerInvariant();
        return name.Length <= Names.MaxLength ? name : $"{name[..(Names.MaxLength - 13)]}-{Hash(name)[..12]}";
    }

    static IdempotencyKey KeyOf(Room room, long seq, string agent)
    {
        var key = $"{room.Session.SessionId}:{seq}:{agent.ToLowerInvariant()}";
        return new IdempotencyKey(room.Session.Org, "room", key, Hash(key));
    }

    static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    sealed class RoomMessage(LogEntry entry)
    {
        readonly EventFields _fields = entry.ReadFields();

        public long Seq => entry.Seq;
        public string Actor => entry.Actor ?? RunEvents.Coordinator;
        public string Text => RoomEvents.TextOf(_fields);
        public RoomMessageData Data => field ??= RoomEvents.ReadMessage(_fields);
    }
}
