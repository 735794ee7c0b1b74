using System.Net.WebSockets;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Live;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Server.Http;
using AgentOrchestrator.Server.Sessions;

namespace AgentOrchestrator.Server.Live;

/// <summary><c>/ws</c> without a sub-protocol: a snapshot, then everything of the org. What the client sends is ignored.</summary>
sealed class BroadcastSocket(ISessionStore sessions, ChangeHub hub, CoordinatorOptions options)
{
    const int MaxInitSessions = 1_000;

    public async Task RunAsync(LiveSocket socket, string org, FeedLife life)
    {
        var cancel = life.End;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var hangUp = new CancellationTokenSource();
        using var feed = new OrgFeed(hub, org, options.FeedQueue);
        var reading = DiscardAsync(socket, over, hangUp.Token);
        try
        {
            await SendInitAsync(socket, org, over.Token);
            await foreach (var change in feed.Changes.ReadAllAsync(over.Token))
            {
                foreach (var frame in BroadcastFrames.Of(change))
                {
                    await socket.SendAsync(frame, over.Token);
                }
            }

            await socket.CloseAsync(LiveSocket.TooSlow, "too slow: connect again for a fresh start");
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            await socket.CloseAsync(life);
        }
        catch (OperationCanceledException)
        {
            // The client left, or stopped reading; either way the connection is closed.
        }
        finally
        {
            hangUp.CancelAfter(LiveSocket.Farewell);
            await reading;
        }
    }

    async Task SendInitAsync(LiveSocket socket, string org, CancellationToken cancel)
    {
        var views = new List<SessionView>();
        await foreach (var session in sessions.ListAsync(org, new SessionQuery { Limit = MaxInitSessions + 1 }, cancel))
        {
            views.Add(session.ToView());
        }

        var isTruncated = views.Count > MaxInitSessions;
        var init = new InitFrame("init", isTruncated ? views[..MaxInitSessions] : views, isTruncated);
        await socket.SendAsync(JsonBytes.Of(init, LiveJson.Default.InitFrame), cancel);
    }

    static async Task DiscardAsync(LiveSocket socket, CancellationTokenSource over, CancellationToken hangUp)
    {
        try
        {
            while (await socket.ReceiveAsync(hangUp) is not null)
            {
                // The seeds' clients have nothing to say here.
            }
        }
        catch (OperationCanceledException)
        {
            // The feed ended first, and the client did not answer the close.
        }

        await over.CancelAsync();
    }
}
