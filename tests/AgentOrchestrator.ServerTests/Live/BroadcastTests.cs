using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace AgentOrchestrator.ServerTests.Live;

public sealed class BroadcastTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_socket_starts_with_all_sessions_and_then_hears_everything()
    {
        await using var server = await TestServer.StartAsync();
        await server.Client.CreateSessionAsync("old", Cancel);
        using var socket = await ConnectAsync(server);

        var init = await ReceiveAsync(socket);
        await server.Client.CreateSessionAsync("new", Cancel);
        var created = await ReceiveAsync(socket);
        await server.Client.PostEventAsync("new", "session_stop", "then", Cancel);
        var updated = await ReceiveAsync(socket);
        var posted = await ReceiveAsync(socket);
        using var answer = await server.Client.DeleteAsync("/sessions/new", Cancel);
        var deleted = await ReceiveAsync(socket);

        Assert.Equal("init", Type(init));
        Assert.Equal(["old"], init.GetProperty("sessions").EnumerateArray().Select(s => s.GetProperty("session_id").GetString()));
        Assert.Equal("session_created", Type(created));
        Assert.Equal("running", created.GetProperty("session").GetProperty("status").GetString());
        Assert.Equal("session_updated", Type(updated));
        Assert.Equal("finished", updated.GetProperty("session").GetProperty("status").GetString());
        Assert.Equal("event", Type(posted));
        Assert.Equal("session_stop", posted.GetProperty("data").GetProperty("event_type").GetString());
        Assert.Equal("session_deleted", Type(deleted));
        Assert.Equal("new", deleted.GetProperty("session_id").GetString());
    }

    [Fact]
    public async Task What_the_client_of_a_broadcast_says_is_ignored()
    {
        await using var server = await TestServer.StartAsync();
        using var socket = await ConnectAsync(server);
        await ReceiveAsync(socket);

        await socket.SendAsync(Encoding.UTF8.GetBytes("anything"), WebSocketMessageType.Text, true, Cancel);
        await server.Client.CreateSessionAsync("s", Cancel);

        Assert.Equal("session_created", Type(await ReceiveAsync(socket)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("agent-orchestrator.v1")]
    public async Task A_reader_is_told_to_come_back_when_the_server_goes_down(string? subProtocol)
    {
        await using var server = await TestServer.StartAsync();
        using var socket = await ConnectAsync(server, subProtocol);
        if (subProtocol is null)
        {
            await ReceiveAsync(socket);
        }

        var stopping = server.StopAsync();
        var close = await socket.ReceiveAsync(new byte[1024], Cancel);

        Assert.Equal(WebSocketMessageType.Close, close.MessageType);
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, socket.CloseStatus);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Cancel);
        await stopping;
    }

    [Theory]
    [InlineData(WebSocketMessageType.Binary, 10, WebSocketCloseStatus.InvalidMessageType)]
    [InlineData(WebSocketMessageType.Text, 70_000, WebSocketCloseStatus.MessageTooBig)]
    public async Task A_frame_that_is_not_allowed_closes_the_socket(WebSocketMessageType type, int length, WebSocketCloseStatus status)
    {
        await using var server = await TestServer.StartAsync();
        using var socket = await ConnectAsync(server);
        await ReceiveAsync(socket);

        await socket.SendAsync(Encoding.UTF8.GetBytes(new string('x', length)), type, true, Cancel);
        var close = await socket.ReceiveAsync(new byte[1024], Cancel);

        Assert.Equal(WebSocketMessageType.Close, close.MessageType);
        Assert.Equal(status, socket.CloseStatus);
    }

    [Fact]
    public async Task A_topic_of_one_session_is_read_from_the_sequence_asked_for()
    {
        await using var server = await TestServer.StartAsync();
        await server.Client.CreateSessionAsync("s", Cancel);
        for (var n = 0; n < 3; n++)
        {
            await server.Client.PostEventAsync("s", "notice", "now", Cancel);
        }

        using var socket = await ConnectAsync(server, "agent-orchestrator.v1");
        await SendAsync(socket, """{"type":"subscribe","topic":"session:s","after":1}""");
        var sequences = new List<long>();
        while (sequences.Count < 3)
        {
            var frame = await ReceiveAsync(socket);
            if (Type(frame) is "event")
            {
                sequences.Add(frame.GetProperty("event").GetProperty("seq").GetInt64());
                if (sequences.Count == 2)
                {
                    await server.Client.PostEventAsync("s", "notice", "live", Cancel);
                }
            }
        }

        Assert.Equal([2, 3, 4], sequences);
    }

    [Theory]
    [InlineData("""{"type":"subscribe","topic":"session:unknown"}""", "not_found")]
    [InlineData("""{"type":"subscribe","topic":"weather"}""", "not_found")]
    [InlineData("""{"type":"subscribe","topic":"session:s","after":-1}""", "invalid")]
    [InlineData("""{"type":"subscribe","topic":"session:s","after":77}""", "cursor_ahead")]
    [InlineData("""{"type":"shout"}""", "invalid")]
    [InlineData("not json", "malformed")]
    public async Task A_request_that_makes_no_sense_is_answered_and_the_socket_lives_on(string request, string code)
    {
        await using var server = await TestServer.StartAsync();
        await server.Client.CreateSessionAsync("s", Cancel);
        using var socket = await ConnectAsync(server, "agent-orchestrator.v1");

        await SendAsync(socket, request);
        var error = await ReceiveAsync(socket);
        await SendAsync(socket, """{"type":"subscribe","topic":"sessions"}""");

        Assert.Equal("error", Type(error));
        Assert.Equal(code, error.GetProperty("problem").GetProperty("code").GetString());
        Assert.Equal("subscribed", Type(await ReceiveAsync(socket)));
    }

    [Fact]
    public async Task Server_sent_events_show_a_snapshot_and_then_every_change()
    {
        await using var server = await TestServer.StartAsync();
        await server.Client.CreateSessionAsync("one", Cancel);
        var seen = new List<string>();
        await foreach (var item in server.Client.ReadFeedAsync("/sse/sessions", null, Cancel))
        {
            seen.Add(item.EventType);
            if (item.EventType is "init")
            {
                await server.Client.CreateSessionAsync("two", Cancel);
                await server.Client.PostEventAsync("two", "session_stop", "now", Cancel);
            }

            if (item.EventType is "event")
            {
                break;
            }
        }

        Assert.Equal(["init", "session_created", "session_updated", "event"], seen);
    }

    static async Task<ClientWebSocket> ConnectAsync(TestServer server, string? protocol = null)
    {
        var socket = new ClientWebSocket();
        if (protocol is not null)
        {
            socket.Options.AddSubProtocol(protocol);
        }

        await socket.ConnectAsync(new Uri($"ws://{server.Url.Authority}/ws"), Cancel);
        Assert.Equal(protocol, socket.SubProtocol);
        return socket;
    }

    static Task SendAsync(ClientWebSocket socket, string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, Cancel);

    static async Task<JsonElement> ReceiveAsync(ClientWebSocket socket)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        var buffer = new byte[1 << 20];
        var length = 0;
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(length), limit.Token);
            Assert.Equal(WebSocketMessageType.Text, received.MessageType);
            length += received.Count;
            if (received.EndOfMessage)
            {
                return JsonDocument.Parse(buffer.AsMemory(0, length)).RootElement.Clone();
            }
        }
    }

    static string Type(JsonElement frame) => frame.GetProperty("type").GetString()!;
}
