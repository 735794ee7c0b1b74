using System.Net.WebSockets;
using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Server.Http;

namespace AgentOrchestrator.Server.Live;

/// <summary><c>/ws</c> with our sub-protocol: the client subscribes to topics, each from a sequence of its choice.</summary>
sealed class TopicSocket(LiveSocket socket, TopicFeeds feeds, TimeProvider clock)
{
    public const string SubProtocol = "agent-orchestrator.v1";

    const int MaxTopics = 200;
    const int MaxRequestsPerSecond = 20;

    readonly Dictionary<string, (CancellationTokenSource Cancel, Task Task)> _topics = new(StringComparer.Ordinal);
    long _windowStart;
    int _requests;
    int _mistakes;

    public async Task RunAsync(FeedLife life)
    {
        var cancel = life.End;
        using var hangUp = new CancellationTokenSource();
        var serving = ServeAsync(hangUp.Token, cancel);
        try
        {
            await serving.WaitAsync(cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancel.IsCancellationRequested)
            {
                await socket.CloseAsync(life);
            }

            hangUp.CancelAfter(LiveSocket.Farewell);
            await serving;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The client did not answer the close, or was being answered when the server began to go down.
        }
        finally
        {
            foreach (var (stop, _) in _topics.Values)
            {
                await stop.CancelAsync();
            }

            await Task.WhenAll(_topics.Values.Select(t => t.Task));
        }
    }

    async Task ServeAsync(CancellationToken hangUp, CancellationToken cancel)
    {
        while (await socket.ReceiveAsync(hangUp) is { } frame)
        {
            if (!IsWithinRate())
            {
                await socket.CloseAsync(WebSocketCloseStatus.PolicyViolation, $"at most {MaxRequestsPerSecond} requests a second");
                return;
            }

            if (!await HandleAsync(frame, cancel) && ++_mistakes >= 10)
            {
                await socket.CloseAsync(WebSocketCloseStatus.PolicyViolation, "too many requests that make no sense");
                return;
            }
        }
    }

    async Task<bool> HandleAsync(ReadOnlyMemory<byte> frame, CancellationToken cancel)
    {
        string? topic = null;
        try
        {
            var request = JsonSerializer.Deserialize(frame.Span, LiveJson.Default.TopicRequest);
            topic = request?.Topic;
            switch (request)
            {
                case { Type: "subscribe", Topic: { } name }:
                    await SubscribeAsync(name, request.After, cancel);
                    return true;
                case { Type: "unsubscribe", Topic: { } name }:
                    await UnsubscribeAsync(name);
                    return true;
                default:
                    throw new ProductException(ErrorCode.Invalid, "type must be subscribe or unsubscribe, with a topic");
            }
        }
        catch (JsonException)
        {
            var error = new ProductException(ErrorCode.Malformed, "send one JSON object: {\"type\":\"subscribe\",\"topic\":\"sessions\"}");
            await SendAsync(new TopicFrame { Type = "error", Problem = Problems.Of(error) }, cancel);
        }
        catch (ProductException error)
        {
            await SendAsync(new TopicFrame { Type = "error", Topic = topic, Problem = Problems.Of(error) }, cancel);
        }

        return false;
    }

    async Task SubscribeAsync(string topic, long? after, CancellationToken cancel)
    {
        await UnsubscribeAsync(topic);
        if (_topics.Count >= MaxTopics)
        {
            throw new ProductException(ErrorCode.LimitExceeded, $"at most {MaxTopics} topics on one connection; unsubscribe first");
        }

        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var frames = await feeds.OpenAsync(topic, after, stop.Token);
        await SendAsync(new TopicFrame { Type = "subscribed", Topic = topic, After = after }, cancel);
        _topics[topic] = (stop, PumpAsync(topic, frames, stop.Token));
    }

    async Task UnsubscribeAsync(string topic)
    {
        if (_topics.Remove(topic, out var old))
        {
            await old.Cancel.CancelAsync();
            await old.Task;
            old.Cancel.Dispose();
        }
    }

    async Task PumpAsync(string topic, IAsyncEnumerable<TopicFrame> frames, CancellationToken cancel)
    {
        try
        {
            await foreach (var frame in frames.WithCancellation(cancel))
            {
                await SendAsync(frame with { Topic = topic }, cancel);
                if (frame.Type is "resync")
                {
                    await socket.CloseAsync(LiveSocket.TooSlow, "too slow: connect again and resume");
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Unsubscribed, or the client left.
        }
        catch (ProductException error)
        {
            await SendAsync(new TopicFrame { Type = "error", Topic = topic, Problem = Problems.Of(error) }, cancel);
        }
    }

    Task SendAsync(TopicFrame frame, CancellationToken cancel) =>
        socket.SendAsync(JsonBytes.Of(frame, TopicJson.Default.TopicFrame), cancel);

    bool IsWithinRate()
    {
        var now = clock.GetTimestamp();
        if (clock.GetElapsedTime(_windowStart, now) > TimeSpan.FromSeconds(1))
        {
            _windowStart = now;
            _requests = 0;
        }

        return ++_requests <= MaxRequestsPerSecond;
    }
}
