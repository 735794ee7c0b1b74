using System.Collections.Concurrent;
using System.Threading.Channels;
using AgentOrchestrator.Coordinator.Live;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Sessions;
using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Coordinator.Rooms;

/// <summary>Has every room routed as messages come: commits are hints, the scan is the truth. One room is never routed twice at once here.</summary>
public sealed partial class RoomPost(RoomRouter router, IRoomStore rooms, ChangeHub hub, CoordinatorOptions options, TimeProvider time, ILogger<RoomPost> log)
{
    const int AtOnce = 8;
    const int PerScan = 1_000;
    const int MostDue = 10_000;

    // A hint that finds no room in it is made good by the next scan.
    readonly Channel<(string Org, string RoomId)> _due = Channel.CreateBounded<(string, string)>(MostDue);

    // Rooms in the channel or at work; true: something came since.
    readonly ConcurrentDictionary<(string Org, string RoomId), bool> _open = [];

    public async Task RunAsync(CancellationToken stop)
    {
        using var listening = hub.Subscribe(Note);
        try
        {
            await Task.WhenAll(ScanAsync(stop), Parallel.ForEachAsync(
                _due.Reader.ReadAllAsync(stop), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop }, WorkAsync)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end of every service.
        }
    }

    async Task ScanAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(options.RoomScanInterval, time);
        do
        {
            try
            {
                foreach (var room in await rooms.ListWaitingAsync(PerScan, stop).ConfigureAwait(false)) { Ask(room); }
            }
            catch (ProductException failure)
            {
                LogPostponed(failure.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false));
    }

    // On the committing thread, for every commit: nothing is allocated for those of no room.
    void Note(IReadOnlyList<Change> changes)
    {
        for (var at = 0; at < changes.Count; at++)
        {
            if (changes[at] is EventsAppended appended && HasMessage(appended.Entries)) { Ask((appended.Org, appended.SessionId)); }
        }
    }

    static bool HasMessage(IReadOnlyList<LogEntry> entries)
    {
        for (var at = 0; at < entries.Count; at++)
        {
            if (entries[at].Type == EventTypes.RoomMessage) { return true; }
        }

        return false;
    }

    void Ask((string Org, string RoomId) room)
    {
        var isNew = false;
        _open.AddOrUpdate(room, _ => { isNew = true; return false; }, (_, _) => { isNew = false; return true; });
        if (isNew && !_due.Writer.TryWrite(room)) { _open.TryRemove(room, out _); }
    }

    async ValueTask WorkAsync((string Org, string RoomId) room, CancellationToken stop)
    {
        do
        {
            _open[room] = false;
            try
            {
                await router.RouteAsync(room.Org, room.RoomId, stop).ConfigureAwait(false);
            }
            catch (ProductException failure)
            {
                // The scan comes back to it.
                LogRoomPostponed(room.RoomId, failure.Message);
            }
        }
        while (!_open.TryRemove(KeyValuePair.Create(room, false)));
    }

    [LoggerMessage(LogLevel.Warning, "Rooms could not be looked through and will be again: {Error}")]
    partial void LogPostponed(string error);

    [LoggerMessage(LogLevel.Warning, "The messages of room {RoomId} wait: {Error}")]
    partial void LogRoomPostponed(string roomId, string error);
}
