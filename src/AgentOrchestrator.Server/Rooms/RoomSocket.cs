using System.Net.WebSockets;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Live;
using AgentOrchestrator.Coordinator.Rooms;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Rooms;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Live;

namespace AgentOrchestrator.Server.Rooms;

/// <summary>One client in one room: what it says goes into the log, and what it is told comes from the log.</summary>
sealed class RoomSocket(
    LiveSocket socket, IRoomTongue tongue, Principal caller, Room room, string? sender, string via,
    RoomDoor door, IRoomStore rooms, IRunStore runs, SessionFeed feed, TimeProvider clock)
{
    const int MaxRequestsPerSecond = 20;
    const int MaxMistakes = 10;
    const int MaxLiveRuns = 1_000;

    readonly Dictionary<string, string> _agents = [];
    CancellationTokenSource? _pumping;
    Task _pump = Task.CompletedTask;
    long _windowStart;
    int _requests;
    int _mistakes;

    /// <param name="after">The last sequence that the client has; null for only what comes.</param>
    public async Task RunAsync(FeedLife life, long? after)
    {
        var cancel = life.End;
        using var hangUp = new CancellationTokenSource();
        await SendAsync(tongue.Welcome(room, door.DefaultAgent), cancel);
        await FollowAsync(after ?? room.Session.LastSeq, cancel);
        var serving = ServeAsync(hangUp.Token, cancel);
        try
        {
            await serving.WaitAsync(cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancel.IsCancellationRequested) { await socket.CloseAsync(life); }

            hangUp.CancelAfter(LiveSocket.Farewell);
            await serving;
        }
        catch (OperationCanceledException)
        {
            // The client did not answer the close, or was being answered when the server began to go down.
        }
        finally
        {
            await EndPumpAsync();
        }
    }

    async Task ServeAsync(CancellationToken hangUp, CancellationToken cancel)
    {
        while (await socket.ReceiveAsync(hangUp) is { } frame)
        {
            if (!IsWithinRate())
            {
                await socket.CloseAsync(WebSocketCloseStatus.PolicyViolation, $"at most {MaxRequestsPerSecond} frames a second");
                return;
            }

            try
            {
                if (tongue.Read(frame.Span) is { } request) { await AnswerAsync(request, cancel); }
            }
            catch (ProductException refused)
            {
                await SendAsync(tongue.Refuse(refused), cancel);
                if (refused.Code is ErrorCode.Malformed && ++_mistakes >= MaxMistakes)
                {
                    await socket.CloseAsync(WebSocketCloseStatus.PolicyViolation, "too many frames that make no sense");
                    return;
                }
            }
        }
    }

    Task AnswerAsync(RoomRequest request, CancellationToken cancel) => request.Type switch
    {
        "message" => SayAsync(request, cancel),
        "resume" => ResumeAsync(request.AfterSeq ?? 0, cancel),
        "cancel" => StopAsync(request.RunId, cancel),
        "lock" when request.Agent is { } agent => door.LockAsync(caller, room, agent, cancel),
        "unlock" => door.LockAsync(caller, room, null, cancel),
        "clear" => door.ClearAsync(caller, room, cancel),
        "typing" => Task.CompletedTask,
        "ping" => SendAsync(tongue.Say(new RoomFrame { Type = "pong" }), cancel),
        _ => throw new ProductException(ErrorCode.Malformed, "type must be message, resume, cancel, lock (with an agent), unlock, clear, typing or ping"),
    };

    async Task SayAsync(RoomRequest request, CancellationToken cancel)
    {
        var seq = await door.SayAsync(caller, room, new Saying(request.Text ?? request.Message, sender, request.ClientMsgId, via), cancel);
        await SendAsync(tongue.Say(new RoomFrame { Type = "ack", ClientMsgId = request.ClientMsgId, Seq = seq }), cancel);
    }

    async Task ResumeAsync(long after, CancellationToken cancel)
    {
        if (after < 0) { throw new ProductException(ErrorCode.Invalid, "after_seq must be 0 or more"); }

        await FollowAsync(after, cancel);
    }

    async Task StopAsync(string? runId, CancellationToken cancel)
    {
        RoomDoor.RequireWriter(caller);
        var route = runId is null ? null : await rooms.FindRouteAsync(caller.Org, runId, cancel);
        if (route?.RoomId != room.Session.SessionId) { throw RunErrors.NotFound(); }

        await runs.StopAsync(caller.Org, runId!, caller.Actor, cancel);
    }

    async Task FollowAsync(long after, CancellationToken cancel)
    {
        var live = await rooms.ListDeliveriesAsync(caller.Org, room.Session.SessionId, 0, isOpen: true, MaxLiveRuns, cancel);
        var frames = await feed.FollowAsync(caller.Org, room.Session.SessionId, after, cancel, [.. live.Select(one => one.Route.RunId)]);

        // What cannot be followed leaves the client where it was.
        await EndPumpAsync();
        foreach (var one in live) { _agents[one.Route.RunId] = one.Route.Agent; }

        _pumping = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        _pump = PumpAsync(frames, _pumping.Token);
    }

    async Task EndPumpAsync()
    {
        if (_pumping is null) { return; }

        await _pumping.CancelAsync();
        await _pump;
        _pumping.Dispose();
        _pumping = null;
    }

    async Task PumpAsync(IAsyncEnumerable<FeedFrame> frames, CancellationToken cancel)
    {
        try
        {
            await foreach (var frame in frames.WithCancellation(cancel))
            {
                switch (frame)
                {
                    case FeedFrame.Event { Entry: var entry }:
                        if (RoomFrameOf.Entry(entry) is { } told) { await SendAsync(tongue.Say(told), cancel); }
                        break;
                    case FeedFrame.Delta delta:
                        await SendDeltaAsync(delta, cancel);
                        break;
                    case FeedFrame.Child { Change.Run: var run }:
                        await SendMoveAsync(run, cancel);
                        break;
                    case FeedFrame.Gap gap:
                        await SendAsync(tongue.Say(new RoomFrame { Type = "gap", From = gap.From, To = gap.To }), cancel);
                        break;
                    case FeedFrame.Deleted:
                        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "the room was deleted");
                        return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Resumed from elsewhere, or the client left.
        }
        catch (ProductException failure)
        {
            await socket.CloseAsync(WebSocketCloseStatus.EndpointUnavailable, failure.Message.Length <= 100 ? failure.Message : "connect again and resume");
        }
    }

    async Task SendDeltaAsync(FeedFrame.Delta delta, CancellationToken cancel)
    {
        var text = string.Concat(delta.Deltas.Where(one => one.Kind == "text").Select(one => one.Text));
        if (text.Length > 0)
        {
            await SendAsync(tongue.Say(new RoomFrame { Type = "delta", RunId = delta.RunId, Agent = _agents.GetValueOrDefault(delta.RunId), Text = text }), cancel);
        }
    }

    async Task SendMoveAsync(Run run, CancellationToken cancel)
    {
        if (run.AgentName is { } agent) { _agents[run.RunId] = agent; }

        var type = run.Status == RunStatus.Running ? "agent.started" : RunMoves.IsTerminal(run.Status) ? "agent.done" : null;
        if (type is null) { return; }

        await SendAsync(tongue.Say(new RoomFrame { Type = type, RunId = run.RunId, Agent = run.AgentName, Status = WireEnum<RunStatus>.Text(run.Status) }), cancel);
        if (RunMoves.IsTerminal(run.Status)) { _agents.Remove(run.RunId); }
    }

    Task SendAsync(ReadOnlyMemory<byte>? frame, CancellationToken cancel) => frame is { } bytes ? socket.SendAsync(bytes, cancel) : Task.CompletedTask;

    bool IsWithinRate()
    {
        var now = clock.GetTimestamp();
        if (clock.GetElapsedTime(_windowStart, now) > TimeSpan.FromSeconds(1)) { (_windowStart, _requests) = (now, 0); }

        return ++_requests <= MaxRequestsPerSecond;
    }
}
