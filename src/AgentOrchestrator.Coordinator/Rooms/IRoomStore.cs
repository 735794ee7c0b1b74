using AgentOrchestrator.Coordinator.Sessions;

namespace AgentOrchestrator.Coordinator.Rooms;

/// <summary>Rooms, and how far their messages have gone. Each verb is one transaction.</summary>
/// <remarks>The end of a run in a child of a room appends its answer to the room's log, in the transaction that ends it.</remarks>
public interface IRoomStore
{
    /// <summary>The room of that name, else a new one with these first entries.</summary>
    /// <exception cref="Protocol.ProductException">Conflict <c>not_a_room</c> when the name is that of another session.</exception>
    Task<(Room Room, bool IsNew)> OpenAsync(string org, string name, IReadOnlyList<NewEvent> first, CancellationToken cancel);

    /// <summary>By id or name; null when there is none, or it is no room.</summary>
    Task<Room?> FindAsync(string org, string idOrName, CancellationToken cancel);

    /// <summary>Rooms, of all orgs, whose logs go on behind what has been routed.</summary>
    Task<IReadOnlyList<(string Org, string RoomId)>> ListWaitingAsync(int limit, CancellationToken cancel);

    /// <summary>Moves the room on, keeps the routes and appends the entries.</summary>
    /// <returns>False, and nothing done, when it does not stand where the step begins.</returns>
    Task<bool> StepAsync(RoomStep step, CancellationToken cancel);

    /// <returns>The sequence of the entry; null when there is no such room.</returns>
    Task<long?> ChangeAsync(string org, string roomId, RoomChange change, CancellationToken cancel);

    /// <summary>The route that a run is.</summary>
    Task<RoomRoute?> FindRouteAsync(string org, string runId, CancellationToken cancel);

    /// <summary>Everything that came of one person's message.</summary>
    Task<IReadOnlyList<RoomRoute>> ListRoutesAsync(string org, string roomId, long rootSeq, CancellationToken cancel);

    /// <summary>How messages stand, by sequence; at most <paramref name="limit"/> behind a sequence.</summary>
    /// <param name="isOpen">Only those whose runs have not ended.</param>
    Task<IReadOnlyList<RoomDelivery>> ListDeliveriesAsync(string org, string roomId, long afterSeq, bool isOpen, int limit, CancellationToken cancel);
}
