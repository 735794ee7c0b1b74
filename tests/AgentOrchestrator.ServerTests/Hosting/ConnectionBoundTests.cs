using System.Net.Sockets;
using System.Text;
using AgentOrchestrator.ServerTests.Access;

namespace AgentOrchestrator.ServerTests.Hosting;

public sealed class ConnectionBoundTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(3, 100, "MAX_CONNECTIONS")]
    [InlineData(100, 3, "MAX_CONNECTIONS_PER_ADDRESS")]
    public async Task A_connection_too_many_is_told_which_bound_it_met(int all, int perAddress, string setting)
    {
        await using var server = await TestServer.StartAsync(options => options with { MaxConnections = all, MaxConnectionsPerAddress = perAddress });
        var held = new List<TcpClient>();
        for (var n = 0; n < 3; n++)
        {
            held.Add(await HoldAsync(server));
        }

        var (status, text) = await RawHttp.GetAsync(server.Url, "/health", $"Host: {server.Url.Authority}");

        Assert.Equal(503, status);
        Assert.Contains("application/problem+json", text, StringComparison.Ordinal);
        Assert.Contains("connection_limit", text, StringComparison.Ordinal);
        Assert.Contains(setting + "\"", text, StringComparison.Ordinal);
        held[0].Dispose();
        await Eventually.TrueAsync(
            async () => (await RawHttp.GetAsync(server.Url, "/health", $"Host: {server.Url.Authority}")).Status == 200,
            "a place is free", TimeSpan.FromSeconds(60), Cancel);
        held.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Headers_that_never_end_are_cut_off()
    {
        await using var server = await TestServer.StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(server.Url.Host, server.Url.Port, Cancel);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET /health HTTP/1.1\r\nHost: {server.Url.Authority}\r\nX-Slow: "), Cancel);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var dripping = DripAsync(stream, over.Token);

        var answer = new byte[4_096];
        var text = new StringBuilder();
        try
        {
            while (await stream.ReadAsync(answer, Cancel).AsTask().WaitAsync(TimeSpan.FromMinutes(2), Cancel) is > 0 and var read)
            {
                text.Append(Encoding.ASCII.GetString(answer, 0, read));
            }
        }
        catch (IOException)
        {
            // Cut off while it still sent.
        }

        await over.CancelAsync();
        await dripping;
        Assert.True(text.Length == 0 || text.ToString().StartsWith("HTTP/1.1 408", StringComparison.Ordinal), text.ToString());
    }

    /// <summary>A connection that the server has accepted and keeps.</summary>
    static async Task<TcpClient> HoldAsync(TestServer server)
    {
        var client = new TcpClient();
        await client.ConnectAsync(server.Url.Host, server.Url.Port, Cancel);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET /health HTTP/1.1\r\nHost: {server.Url.Authority}\r\n\r\n"), Cancel);
        Assert.True(await client.GetStream().ReadAsync(new byte[4_096], Cancel) > 0);
        return client;
    }

    static async Task DripAsync(NetworkStream stream, CancellationToken over)
    {
        try
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
            while (await timer.WaitForNextTickAsync(over))
            {
                await stream.WriteAsync("x"u8.ToArray(), over);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // Cut off, as it should be.
        }
    }
}
