using System.Net.WebSockets;

namespace AgentOrchestrator.Server.Live;

/// <summary>One WebSocket: sends one frame at a time within a limit, reads bounded text frames.</summary>
sealed class LiveSocket(WebSocket socket, TimeSpan sendTimeout) : IDisposable
{
    /// <summary>The reader was too slow; connect again and resume.</summary>
    public const WebSocketCloseStatus TooSlow = (WebSocketCloseStatus)4008;

    /// <summary>The token opens nothing any more; ask for another before connecting again.</summary>
    public const WebSocketCloseStatus TokenEnded = (WebSocketCloseStatus)4001;

    /// <summary>How long a client may take to answer a close before the connection is cut.</summary>
    public static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    const int MaxFrame = 64 * 1024;

    readonly SemaphoreSlim _sending = new(1, 1);
    readonly byte[] _buffer = new byte[MaxFrame];

    /// <exception cref="OperationCanceledException">The reader left or was too slow; the connection is gone.</exception>
    public async Task SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancel)
    {
        await _sending.WaitAsync(cancel);
        try
        {
            var send = socket.SendAsync(frame, WebSocketMessageType.Text, endOfMessage: true, cancel);
            if (send.IsCompletedSuccessfully)
            {
                return;
            }

            await send.AsTask().WaitAsync(sendTimeout, cancel);
        }
        catch (Exception e) when (e is TimeoutException or WebSocketException)
        {
            socket.Abort();
            throw new OperationCanceledException("the reader is gone", e);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>The next text frame; null when the client closed, or sent what is not allowed and was closed for it.</summary>
    /// <param name="hangUp">Cuts the connection, and with it a close that is still on its way: not before <see cref="Farewell"/>.</param>
    public async Task<ReadOnlyMemory<byte>?> ReceiveAsync(CancellationToken hangUp)
    {
        var length = 0;
        while (true)
        {
            ValueWebSocketReceiveResult received;
            try
            {
                received = await socket.ReceiveAsync(_buffer.AsMemory(length), hangUp);
            }
            catch (WebSocketException)
            {
                // The peer vanished without a close; there is nobody to answer.
                return null;
            }

            length += received.Count;
            switch (received)
            {
                case { MessageType: WebSocketMessageType.Close }:
                    await CloseAsync(WebSocketCloseStatus.NormalClosure, null);
                    return null;
                case { MessageType: WebSocketMessageType.Binary }:
                    await CloseAsync(WebSocketCloseStatus.InvalidMessageType, "text frames only");
                    return null;
                case { EndOfMessage: true }:
                    return _buffer.AsMemory(0, length);
                case var _ when length == MaxFrame:
                    await CloseAsync(WebSocketCloseStatus.MessageTooBig, "frames are at most 64 KiB");
                    return null;
            }
        }
    }

    /// <summary>Closes a feed that the client did not end.</summary>
    public Task CloseAsync(FeedLife life) => life.IsLocked
        ? CloseAsync(TokenEnded, FeedLife.Refusal().Message)
        : CloseAsync(WebSocketCloseStatus.EndpointUnavailable, "the server is going down; connect again and resume");

    /// <summary>Closes towards the client and does not wait for its answer longer than a send may take.</summary>
    public async Task CloseAsync(WebSocketCloseStatus status, string? text)
    {
        if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived))
        {
            return;
        }

        using var limit = new CancellationTokenSource(sendTimeout);
        try
        {
            await _sending.WaitAsync(limit.Token);
            try
            {
                await socket.CloseOutputAsync(status, text, limit.Token);
            }
            finally
            {
                _sending.Release();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // It does not read even the close; cutting it off is all that is left.
            socket.Abort();
        }
    }

    public void Dispose() => _sending.Dispose();
}
