using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Coordinator.Rooms;

/// <summary>A session of kind <c>room</c>: it has no runs; each agent in it works in a child session of its own.</summary>
/// <param name="RoutedSeq">Every entry of its log up to here has gone where it had to.</param>
/// <param name="Epoch">How often it was cleared: agents begin anew in each.</param>
/// <param name="LockedAgent">Who gets what names nobody; null for the default agent.</param>
public sealed record Room(Session Session, long RoutedSeq, int Epoch, string? LockedAgent)
{
    /// <summary>The <see cref="Session.Kind"/> of its session.</summary>
    public const string Kind = "room";
}

/// <summary>A message on its way to an agent: the run that it became.</summary>
public sealed record RoomRoute
{
    public required string Org { get; init; }
    public required string RoomId { get; init; }

    /// <summary>Its first attempt, where the agent has retries.</summary>
    public required string RunId { get; init; }

    /// <summary>The message's entry in the room's log.</summary>
    public required long Seq { get; init; }

    /// <summary>The person's message that it comes from, by agents that mention agents.</summary>
    public required long RootSeq { get; init; }

    /// <summary>1 for a person's message, one more for each agent in between.</summary>
    public required int Hop { get; init; }

    /// <summary>The agent that says it; null for a person.</summary>
    public string? Sender { get; init; }
    public required string Agent { get; init; }
}

/// <param name="Status">Of the run: pending is queued, claimed is delivered, running is read, completed is answered, anything else refused.</param>
public sealed record RoomDelivery(RoomRoute Route, RunStatus Status);

/// <summary>One step of a room: its entries up to <paramref name="To"/> have gone where they had to.</summary>
/// <param name="From">Where it stood; another node that was quicker has moved it.</param>
public sealed record RoomStep(string Org, string RoomId, long From, long To, IReadOnlyList<RoomRoute> Routes, IReadOnlyList<NewEvent> Events);

/// <summary>A change that somebody makes to a room, with the entry that tells of it.</summary>
public sealed record RoomChange(NewEvent Event)
{
    /// <summary>Locks it to <see cref="LockedAgent"/>, or unlocks it where that is null.</summary>
    public bool SetsLock { get; init; }
    public string? LockedAgent { get; init; }

    /// <summary>Agents forget what was said.</summary>
    public bool Clears { get; init; }
}
