using AgentOrchestrator.Coordinator.Rooms;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Server.Rooms;

/// <summary>The frame that tells of an entry of a room's log.</summary>
static class RoomFrameOf
{
    /// <summary>Null for an entry that is none of a room's own.</summary>
    public static RoomFrame? Entry(LogEntry entry)
    {
        var fields = entry.ReadFields();
        var bare = new RoomFrame { Type = "", Seq = entry.Seq, Ts = entry.Timestamp, Actor = entry.Actor };
        return entry.Type switch
        {
            EventTypes.RoomMessage => Message(bare, entry, fields),
            EventTypes.RoomNotice when RoomEvents.ReadNotice(fields) is var notice =>
                bare with { Type = "notice", Reason = fields.Reason, Agent = notice.Agent, RunId = notice.RunId, Text = notice.Text },
            EventTypes.RoomRouted => bare with { Type = "routing", Routing = RoomEvents.ReadRouted(fields) },
            EventTypes.RoomLocked => bare with { Type = "locked", LockedAgent = RoomEvents.ReadNotice(fields).Agent },
            EventTypes.RoomCleared => bare with { Type = "cleared" },
            _ => null,
        };
    }

    static RoomFrame Message(RoomFrame bare, LogEntry entry, EventFields fields)
    {
        var data = RoomEvents.ReadMessage(fields);
        return bare with
        {
            Type = "message",
            Sender = data.Sender,
            Agent = data.Agent,
            RunId = entry.RunId,
            Text = RoomEvents.TextOf(fields),
            Final = true,
            ClientMsgId = data.ClientMsgId,
            Reason = data.Via,
        };
    }
}
