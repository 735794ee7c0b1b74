using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Protocol.Client;

/// <summary>One thing that a feed says about its session.</summary>
public abstract record FeedFrame
{
    /// <summary>The next event of the log. Every sequence comes once, in order.</summary>
    public sealed record Logged(EventView Event) : FeedFrame;

    /// <summary>Text as a model writes it. Not in the log: the finished message follows as an event.</summary>
    public sealed record Written(string RunId, IReadOnlyList<TextDelta> Deltas) : FeedFrame;

    /// <summary>The session's row has changed. Also the first frame, and the first after a reconnect.</summary>
    public sealed record Changed(SessionView Session) : FeedFrame;

    /// <summary>The events from <paramref name="From"/> to <paramref name="To"/> were pruned and will never come.</summary>
    public sealed record Gap(long From, long To) : FeedFrame;

    /// <summary>The session was deleted. The last frame.</summary>
    public sealed record Deleted : FeedFrame;
}

/// <summary>How a feed bears a server that is away.</summary>
public sealed record FeedOptions
{
    /// <summary>How long the server may be away before the feed gives up.</summary>
    /// <value>10 minutes.</value>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Silence after which a connection counts as dead.</summary>
    /// <value>45 seconds: the server says every 15 that it is alive.</value>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>The pause before the first attempt to reconnect; it doubles up to 5 seconds.</summary>
    /// <value>100 milliseconds.</value>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Told when the connection is lost (with the reason) and when it is back (with null).</summary>
    public Action<ProductException?>? ConnectionChanged { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
