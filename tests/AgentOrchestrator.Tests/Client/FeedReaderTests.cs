using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Protocol.Client.Transport;
using AgentOrchestrator.Tests.Cli;
using Xunit;

namespace AgentOrchestrator.Tests.Client;

public sealed class FeedReaderTests : IDisposable
{
    static readonly ServerAddress s_address = new("http://127.0.0.1:8765", null, TokenSource.None);
    static readonly FeedOptions s_hasty = new() { FirstPause = TimeSpan.Zero, Patience = TimeSpan.FromSeconds(30) };

    readonly CannedServer _server = new();

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task Resumes_after_the_last_sequence_and_repeats_none()
    {
        _server.Feed(Event(3) + Event(4)).Feed(Event(4) + Event(5)).Feed(Deleted);

        Assert.Equal([3, 4, 5], (await ReadAsync(after: 2)).OfType<FeedFrame.Logged>().Select(frame => frame.Event.Seq));
        Assert.Equal([2, 4, 5], _server.Requests.Select(request => request.LastEventId!.Value));
    }

    [Fact]
    public async Task A_gap_moves_the_place_to_resume_from()
    {
        _server.Feed("event: gap\nid: 7\ndata: {\"from\":1,\"to\":7}\n\n").Feed(Event(7) + Event(8) + Deleted);

        var frames = await ReadAsync(after: 0);

        Assert.Equal(new FeedFrame.Gap(1, 7), frames[0]);
        Assert.Equal(8, Assert.IsType<FeedFrame.Logged>(frames[1]).Event.Seq);
        Assert.Equal([0, 7], _server.Requests.Select(request => request.LastEventId!.Value));
    }

    [Fact]
    public async Task Deltas_sessions_and_frames_of_the_future_pass()
    {
        _server.Feed(
            ": alive\n\nevent: delta\ndata: {\"run_id\":\"run_1\",\"deltas\":[{\"kind\":\"text\",\"text\":\"hi\"}]}\n\nevent: later\ndata: {}\n\n" + Deleted);

        var written = Assert.IsType<FeedFrame.Written>((await ReadAsync(after: 0))[0]);
        Assert.Equal("hi", Assert.Single(written.Deltas).Text);
    }

    [Fact]
    public async Task Gives_up_when_patience_ends()
    {
        using var client = new OrchestratorClient(s_address, new AwayServer(ErrorCode.Unavailable));
        var told = new List<ProductException?>();
        var options = s_hasty with { Patience = TimeSpan.Zero, ConnectionChanged = told.Add };

        var refusal = await Assert.ThrowsAsync<ProductException>(
            () => client.Sessions.FollowAsync("one", 0, options, TestContext.Current.CancellationToken).CollectAsync());
        Assert.Equal(ErrorCode.Unavailable, refusal.Code);
        Assert.NotNull(Assert.Single(told));
    }

    [Fact]
    public async Task A_refusal_is_not_retried()
    {
        using var client = new OrchestratorClient(s_address, new AwayServer(ErrorCode.NotFound));

        var refusal = await Assert.ThrowsAsync<ProductException>(
            () => client.Sessions.FollowAsync("one", 0, s_hasty, TestContext.Current.CancellationToken).CollectAsync());
        Assert.Equal(ErrorCode.NotFound, refusal.Code);
    }

    [Fact]
    public async Task Tells_when_the_connection_is_lost_and_back()
    {
        var told = new List<ErrorCode?>();
        _server.Feed(Event(1)).Feed(Event(2) + Deleted);

        await ReadAsync(after: 0, s_hasty with { ConnectionChanged = reason => told.Add(reason?.Code) });

        Assert.Equal([ErrorCode.Unavailable, null], told);
    }

    const string Deleted = "event: deleted\ndata: {\"session_id\":\"ses_1\"}\n\n";

    static string Event(long seq) => $$"""
        id: {{seq}}
        event: event
        data: {"id":{{seq}},"seq":{{seq}},"session_id":"ses_1","session_name":"one","event_type":"notice","timestamp":"t"}


        """;

    async Task<List<FeedFrame>> ReadAsync(long after, FeedOptions? options = null)
    {
        using var client = new OrchestratorClient(s_address, _server);
        return await client.Sessions.FollowAsync("one", after, options ?? s_hasty, TestContext.Current.CancellationToken).CollectAsync();
    }

    sealed class AwayServer(ErrorCode code) : ITransport
    {
        public Task<Reply> SendAsync(Request request, CancellationToken cancel) => throw new ProductException(code, "away");

        public Task<Stream> OpenStreamAsync(Request request, CancellationToken cancel) => throw new ProductException(code, "away");

        public Task<Reply> UploadAsync(Request request, Stream body, string mediaType, CancellationToken cancel) =>
            throw new ProductException(code, "away");

        public void Dispose()
        {
        }
    }
}

static class AsyncEnumerables
{
    public static async Task<List<T>> CollectAsync<T>(this IAsyncEnumerable<T> items)
    {
        var all = new List<T>();
        await foreach (var item in items)
        {
            all.Add(item);
        }

        return all;
    }
}
