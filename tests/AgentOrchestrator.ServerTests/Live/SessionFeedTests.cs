using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AgentOrchestrator.ServerTests.Live;

public sealed class SessionFeedTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Replay_joins_live_without_a_window_for_readers_that_come_at_any_moment()
    {
        const int Events = 400;
        await using var server = await TestServer.StartAsync();
        await server.Client.CreateSessionAsync("s", Cancel);
        var posting = Task.Run(async () =>
        {
            for (var n = 0; n < Events; n++)
            {
                await server.Client.PostEventAsync("s", "notice", "now", Cancel);
            }
        }, Cancel);
        var readers = new List<Task<List<long>>>();
        while (!posting.IsCompleted && readers.Count < 40)
        {
            readers.Add(server.Client.ReadSequencesAsync("/sessions/s/feed", Events, Cancel));
            await server.Client.GetAsync("/health", Cancel);
        }

        await posting;
        var expected = Enumerable.Range(1, Events).Select(n => (long)n).ToArray();
        Assert.All(await Task.WhenAll(readers).WaitAsync(TimeSpan.FromSeconds(60), Cancel), read => Assert.Equal(expected, read));
    }

    [Theory]
    [InlineData("/sessions/s/feed?after=3", null, 4)]
    [InlineData("/sessions/s/feed", "4", 5)]
    [InlineData("/sessions/s/feed?after=1", "2", 3)]
    public async Task A_reader_resumes_after_the_sequence_that_it_has(string path, string? lastEventId, long first)
    {
        await using var server = await TestServer.StartAsync();
        await server.Client.CreateSessionAsync("s", Cancel);
        for (var n = 0; n < 5; n++)
        {
            await server.Client.PostEventAsync("s", "notice", "now", Cancel);
        }

        Assert.Equal([first], await server.Client.ReadSequencesAsync(path, 1, Cancel, lastEventId));
    }

    [Theory]
    [InlineData("/sessions/s/feed?after=99", 409, "cursor_ahead")]
    [InlineData("/sessions/s/feed?after=-1", 400, "malformed")]
    [InlineData("/sessions/s/feed?after=x", 400, "malformed")]
    [InlineData("/sessions/s/feed?after=99999999999999999999", 400, "malformed")]
    [InlineData("/sessions/unknown/feed", 404, "not_found")]
    [InlineData("/sse/sessions?session_id=unknown", 404, "not_found")]
    [InlineData("/sse/sessions?include_init=perhaps", 400, "malformed")]
    [InlineData("/ws", 400, "not_possible")]
    public async Task A_request_that_cannot_be_followed_is_told_why(string path, int status, string code)
    {
        await using var server = await TestServer.StartAsync();
        await server.Client.CreateSessionAsync("s", Cancel);

        using var answer = await server.Client.GetAsync(path, Cancel);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains($"\"code\":\"{code}\"", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_that_never_reads_is_cut_off_and_delays_nobody()
    {
        await using var server = await TestServer.StartAsync(o =>
            o with { Coordinator = o.Coordinator with { FeedSendTimeout = TimeSpan.FromMilliseconds(300) } });
        await server.Client.CreateSessionAsync("s", Cancel);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Url.Port), Cancel);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET /sessions/s/feed HTTP/1.1\r\nHost: {server.Url.Authority}\r\n\r\n"), Cancel);
        var large = new string('x', 200_000);
        const int Events = 60;
        var reading = server.Client.ReadSequencesAsync("/sessions/s/feed", Events, Cancel);

        for (var n = 0; n < Events; n++)
        {
            using var answer = await server.Client.PostAsync("/sessions/s/events", LiveClient.Json(
                $$"""{"event_type":"notice","session_id":"s","session_name":"s","timestamp":"now","error":"{{large}}"}"""), Cancel);
            answer.EnsureSuccessStatusCode();
        }

        Assert.Equal(Events, (await reading.WaitAsync(TimeSpan.FromSeconds(30), Cancel)).Count);
        await Eventually.TrueAsync(() => IsReset(socket), "the reader is cut off", TimeSpan.FromSeconds(15), Cancel);
    }

    [Fact]
    public async Task A_deleted_session_ends_its_feed()
    {
        await using var server = await TestServer.StartAsync();
        await server.Client.CreateSessionAsync("s", Cancel);
        var types = new List<string>();
        await foreach (var item in server.Client.ReadFeedAsync("/sessions/s/feed", null, Cancel))
        {
            types.Add(item.EventType);
            if (types.Count == 1)
            {
                using var deleted = await server.Client.DeleteAsync("/sessions/s", Cancel);
                deleted.EnsureSuccessStatusCode();
            }
        }

        Assert.Equal("session", types[0]);
        Assert.Equal("deleted", types[^1]);
    }

    [Fact]
    public async Task A_stopping_server_ends_its_feeds()
    {
        await using var server = await TestServer.StartAsync();
        await server.Client.CreateSessionAsync("s", Cancel);
        var stopping = Task.CompletedTask;
        await foreach (var item in server.Client.ReadFeedAsync("/sessions/s/feed", null, Cancel))
        {
            Assert.Equal("session", item.EventType);
            stopping = server.StopAsync();
        }

        await stopping.WaitAsync(TimeSpan.FromSeconds(10), Cancel);
    }

    /// <summary>True once the peer has reset: what is still in the buffers can be read first.</summary>
    static bool IsReset(Socket socket)
    {
        try
        {
            return socket.Poll(0, SelectMode.SelectError) || (socket.Available == 0 && socket.Receive(new byte[1], SocketFlags.Peek) == 0);
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
