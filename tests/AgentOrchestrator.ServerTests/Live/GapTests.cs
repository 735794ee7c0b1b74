using System.Globalization;
using System.Text.Json;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.ServerTests.Live;

/// <summary>Resuming at any place of a log whose beginning was pruned.</summary>
public sealed class GapTests
{
    const int Events = 20;
    const int Pruned = 12;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("0")]
    [InlineData("5")]
    [InlineData("11")]
    [InlineData("12")]
    [InlineData("17")]
    public async Task A_feed_says_what_was_pruned_and_leaves_out_nothing_else(string lastEventId)
    {
        await using var server = await StartPrunedAsync();
        var expected = Expected(long.Parse(lastEventId, CultureInfo.InvariantCulture));

        var seen = new List<string>();
        await foreach (var item in server.Client.ReadFeedAsync("/sessions/s/feed", lastEventId, Cancel))
        {
            if (item.EventType is "event" or "gap")
            {
                seen.Add(item.EventType is "gap" ? $"gap {item.Data} id {item.EventId}" : item.EventId!);
            }

            if (seen.Count == expected.Count)
            {
                break;
            }
        }

        Assert.Equal(expected, seen);
    }

    [Fact]
    public async Task A_topic_says_what_was_pruned()
    {
        await using var server = await StartPrunedAsync();
        using var socket = new System.Net.WebSockets.ClientWebSocket();
        socket.Options.AddSubProtocol("agent-orchestrator.v1");
        await socket.ConnectAsync(new Uri($"ws://{server.Url.Authority}/ws"), Cancel);
        await socket.SendAsync("""{"type":"subscribe","topic":"session:s","after":3}"""u8.ToArray(), System.Net.WebSockets.WebSocketMessageType.Text, true, Cancel);

        var buffer = new byte[64 * 1024];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer, Cancel);
            var frame = JsonElement.Parse(System.Text.Encoding.UTF8.GetString(buffer, 0, received.Count));
            Assert.NotEqual("event", frame.GetProperty("type").GetString());
            if (frame.GetProperty("type").GetString() is "gap")
            {
                Assert.Equal((4, Pruned), (frame.GetProperty("from").GetInt32(), frame.GetProperty("to").GetInt32()));
                return;
            }
        }
    }

    [Fact]
    public async Task Pages_and_the_typed_client_say_what_was_pruned()
    {
        await using var server = await StartPrunedAsync();
        using var client = new OrchestratorClient(new ServerAddress(server.Url.ToString().TrimEnd((char)47), null, TokenSource.None));

        var page = await client.Sessions.GetEventsAsync("s", after: 0, limit: 3, Cancel);
        Assert.Equal(new FeedGap(1, Pruned), Assert.Single(page.Gaps!));
        Assert.Equal(Pruned + 3, page.NextAfter);
        var next = await client.Sessions.GetEventsAsync("s", after: page.NextAfter!.Value, limit: 100, Cancel);
        Assert.Null(next.Gaps);
        Assert.Null(next.NextAfter);
        Assert.Equal(Pruned, (await client.Sessions.GetAsync("s", Cancel)).PrunedTo);

        var frames = new List<FeedFrame>();
        await foreach (var frame in client.Sessions.FollowAsync("s", 0, cancel: Cancel))
        {
            if (frame is FeedFrame.Gap or FeedFrame.Logged)
            {
                frames.Add(frame);
            }

            if (frame is FeedFrame.Logged { Event.Seq: Events })
            {
                break;
            }
        }

        Assert.Equal(new FeedFrame.Gap(1, Pruned), frames[0]);
        Assert.Equal(Events - Pruned, frames.Count - 1);
    }

    [Theory]
    [InlineData("20", 200)]
    [InlineData("21", 409)]
    [InlineData("x1", 400)]
    public async Task A_pruned_log_keeps_the_rules_for_cursors(string lastEventId, int status)
    {
        await using var server = await StartPrunedAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/sessions/s/feed");
        request.Headers.Add("Last-Event-ID", lastEventId);

        using var answer = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);

        Assert.Equal(status, (int)answer.StatusCode);
    }

    static List<string> Expected(long after)
    {
        var expected = Enumerable.Range(1, Events).Where(seq => seq > Math.Max(after, Pruned)).Select(seq => $"{seq}").ToList();
        if (after < Pruned)
        {
            expected.Insert(0, $$"""gap {"from":{{after + 1}},"to":{{Pruned}}} id {{Pruned}}""");
        }

        return expected;
    }

    static async Task<TestServer> StartPrunedAsync()
    {
        var server = await TestServer.StartAsync();
        await server.Client.CreateSessionAsync("s", Cancel);
        for (var n = 0; n < Events; n++)
        {
            await server.Client.PostEventAsync("s", "notice", "now", Cancel);
        }

        var part = await server.Host.Services.GetRequiredService<IRetentionStore>()
            .PruneAsync(new PrunableLog(CoordinatorOptions.DefaultOrg, "s", Pruned), TimeSpan.Zero, Events, Cancel);
        Assert.Equal(new PrunedPart(Pruned, Pruned), part);
        return server;
    }
}
