using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol.Runners;

namespace AgentOrchestrator.Coordinator.Live;

/// <summary>One thing that a reader of a session's feed is told.</summary>
public abstract record FeedFrame
{
    /// <summary>The next entry of the log.</summary>
    public sealed record Event(LogEntry Entry) : FeedFrame;

    /// <summary>Text as it is written; shown, not kept.</summary>
    public sealed record Delta(string RunId, IReadOnlyList<TextDelta> Deltas) : FeedFrame;

    /// <summary>The session's row has changed.</summary>
    public sealed record Row(Session Session) : FeedFrame;

    /// <summary>A run of a child has moved; told to readers of rooms alone, as the texts that it writes are.</summary>
    public sealed record Child(RunChanged Change) : FeedFrame;

    /// <summary>These entries were pruned; the feed goes on after <paramref name="To"/>.</summary>
    public sealed record Gap(long From, long To) : FeedFrame;

    /// <summary>Nothing happened for a while; the feed is alive.</summary>
    public sealed record Idle : FeedFrame;

    /// <summary>The session was deleted; nothing follows.</summary>
    public sealed record Deleted : FeedFrame;
}
