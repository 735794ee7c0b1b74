using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace AgentOrchestrator.ServerTests.Rooms;

/// <summary>A person in a room, over a WebSocket.</summary>
sealed class RoomClient : IAsyncDisposable
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    readonly ClientWebSocket _socket = new();
    readonly byte[] _buffer = new byte[1 << 20];

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<RoomClient> EnterAsync(TestServer server, string room, string query = "", bool isJson = false, string? token = null, string? origin = null)
    {
        var client = new RoomClient();
        if (isJson) { client._socket.Options.AddSubProtocol("agent-orchestrator.v1"); }
        if (token is not null) { client._socket.Options.SetRequestHeader("Authorization", "Bearer " + token); }
        if (origin is not null) { client._socket.Options.SetRequestHeader("Origin", origin); }

        client._socket.Options.CollectHttpResponseDetails = true;
        try
        {
            await client._socket.ConnectAsync(new UriBuilder(server.Url) { Scheme = "ws", Path = "/ws/" + room, Query = query }.Uri, Cancel);
        }
        catch (WebSocketException)
        {
            // The test looks at the status.
        }

        return client;
    }

    public int Status => (int)_socket.HttpStatusCode;

    public WebSocketCloseStatus? Closed => _socket.CloseStatus;

    public Task SayAsync(string text) => _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, Cancel);

    public Task SendAsync(object frame) => SayAsync(JsonSerializer.Serialize(frame));

    public Task SendBytesAsync(byte[] bytes, WebSocketMessageType type) => _socket.SendAsync(bytes, type, endOfMessage: true, Cancel);

    /// <summary>The next frame; null when the server closed.</summary>
    public async Task<string?> HearAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(s_patience);
        for (var length = 0; ;)
        {
            var received = await _socket.ReceiveAsync(_buffer.AsMemory(length), limit.Token);
            if (received.MessageType == WebSocketMessageType.Close) { return null; }

            length += received.Count;
            if (received.EndOfMessage) { return Encoding.UTF8.GetString(_buffer, 0, length); }
        }
    }

    /// <summary>Frames up to one that fits, which is the last.</summary>
    public async Task<List<JsonElement>> HearUntilAsync(Func<JsonElement, bool> isLast)
    {
        var frames = new List<JsonElement>();
        while (await HearAsync() is { } frame)
        {
            frames.Add(JsonElement.Parse(frame));
            if (isLast(frames[^1])) { return frames; }
        }

        throw new InvalidOperationException("the server closed after: " + string.Join('\n', frames));
    }

    public Task<List<JsonElement>> HearUntilAsync(string type) => HearUntilAsync(frame => frame.Text("type") == type);

    /// <summary>Texts until there are so many, in the order of the alphabet: agents that answer side by side answer in any order.</summary>
    public async Task<string[]> HearAsync(int count)
    {
        var texts = new string[count];
        for (var i = 0; i < count; i++) { texts[i] = await HearAsync() ?? "(closed)"; }

        Array.Sort(texts, StringComparer.Ordinal);
        return texts;
    }

    public ValueTask DisposeAsync()
    {
        _socket.Abort();
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
