using AgentOrchestrator.Coordinator.Sessions;

namespace AgentOrchestrator.Sqlite.Sessions;

/// <summary>The end of a session's log, from its row.</summary>
readonly record struct LogHead(long Place, string Name, long LastSeq)
{
    /// <summary>The place of the session ?1, ?2: an expression, null where there is no such session.</summary>
    public const string PlaceOf = "(SELECT place FROM sessions WHERE org = ?1 AND session_id = ?2)";

    public static LogHead? Find(Connection db, string org, string sessionId)
    {
        using var row = db.Query("SELECT place, name, last_seq FROM sessions WHERE org = ?1 AND session_id = ?2").Bind(org).Bind(sessionId);
        return row.Read() ? new LogHead(row.Long(), row.Text(), row.Long()) : null;
    }

    /// <summary>The head with room for these events.</summary>
    public LogHead After(IReadOnlyList<NewEvent> events) => this with { LastSeq = LastSeq + events.Count };

    /// <summary>The sequence of the newest of these events that a result may be read from, once they are appended; null when none is.</summary>
    public long? ResultSeq(IReadOnlyList<NewEvent> events)
    {
        for (var i = events.Count - 1; i >= 0; i--)
        {
            if (events[i].IsResult)
            {
                return LastSeq - events.Count + 1 + i;
            }
        }

        return null;
    }
}
