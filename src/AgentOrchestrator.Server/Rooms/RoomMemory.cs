using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Rooms;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol.Rooms;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Server.Rooms;

/// <summary>What each agent of a room was told and said, read from the room's log.</summary>
sealed class RoomMemory(ISessionStore sessions, CoordinatorOptions options)
{
    public async Task<RoomHistory> ReadAsync(Room room, CancellationToken cancel)
    {
        var said = new Dictionary<long, string>();

        // A quick agent answers before the log says that it was asked.
        var early = new Dictionary<string, string>();
        var asked = new HashSet<string>();
        var agents = new SortedDictionary<string, List<RoomTurn>>(StringComparer.Ordinal);
        var count = 0;
        for (var after = 0L; ;)
        {
            var page = await sessions.ReadAsync(room.Session.Org, room.Session.SessionId, after, options.MaxEventsPerPage, cancel);
            foreach (var entry in page)
            {
                switch (entry.Type)
                {
                    case EventTypes.RoomCleared:
                        said.Clear();
                        early.Clear();
                        asked.Clear();
                        agents.Clear();
                        count = 0;
                        break;
                    case EventTypes.RoomMessage:
                        Take(entry);
                        break;
                    case EventTypes.RoomRouted when RoomEvents.ReadRouted(entry.ReadFields()) is var routed:
                        foreach (var target in routed.Targets) { Ask(target, said.GetValueOrDefault(routed.Seq, "")); }
                        break;
                }
            }

            if (page.Count < options.MaxEventsPerPage) { return new RoomHistory(room.Session.Name, count, agents.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<RoomTurn>)pair.Value)); }

            after = page[^1].Seq;
        }

        void Take(LogEntry entry)
        {
            var fields = entry.ReadFields();
            said[entry.Seq] = RoomEvents.TextOf(fields);
            count++;
            var data = RoomEvents.ReadMessage(fields);
            if (data is { Agent: not null, RouteRunId: { } run } && !asked.Contains(run)) { early[run] = said[entry.Seq]; }
            else if (data.Agent is { } agent) { Add(agent, "assistant", said[entry.Seq]); }
        }

        void Ask(RoomTarget target, string text)
        {
            asked.Add(target.RunId);
            Add(target.Agent, "user", text);
            if (early.Remove(target.RunId, out var answer)) { Add(target.Agent, "assistant", answer); }
        }

        void Add(string agent, string role, string text)
        {
            if (!agents.TryGetValue(agent, out var turns)) { agents[agent] = turns = []; }

            turns.Add(new RoomTurn(role, text));
        }
    }
}
