using System.Net;
using System.Net.Sockets;
using System.Text;
using AgentOrchestrator.Cli;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Protocol.Client.Transport;
using Xunit;

namespace AgentOrchestrator.Tests.Client;

/// <summary>Both ways to a server, against the same bytes.</summary>
public sealed class TransportTests
{
    public static TheoryData<string> Ways => ["bare socket", "http client"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Sends_token_key_and_body_and_reads_the_answer(string way)
    {
        using var server = new OneAnswer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
        using var transport = server.Open(way);

        var reply = await transport.SendAsync(
            new Request("POST", "/runs", "{\"a\":1}"u8.ToArray()) { IdempotencyKey = "k1" }, TestContext.Current.CancellationToken);

        Assert.Equal((200, "{}"), (reply.Status, Encoding.UTF8.GetString(reply.Body)));
        var request = await server.Request;
        Assert.StartsWith("POST /runs HTTP/1.", request, StringComparison.Ordinal);
        Assert.Contains("Authorization: Bearer secret\r\n", request, StringComparison.Ordinal);
        Assert.Contains("Idempotency-Key: k1\r\n", request, StringComparison.Ordinal);
        Assert.Contains($"Host: 127.0.0.1:{server.Port}\r\n", request, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n{\"a\":1}", request, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_problem_becomes_the_error_that_the_server_threw(string way)
    {
        const string Problem = """{"type":"about:blank","title":"Conflict","status":409,"detail":"The name is taken","code":"session_exists"}""";
        using var server = new OneAnswer($"HTTP/1.1 409 Conflict\r\nContent-Length: {Problem.Length}\r\nConnection: close\r\n\r\n{Problem}");
        using var client = new OrchestratorClient(server.Address, server.Open(way));

        var refusal = await Assert.ThrowsAsync<ProductException>(() => client.Sessions.GetAsync("one", TestContext.Current.CancellationToken));

        Assert.Equal((ErrorCode.Conflict, "session_exists", "The name is taken"), (refusal.Code, refusal.Reason, refusal.Message));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_server_that_is_not_there_says_what_to_do(string way)
    {
        var server = new OneAnswer("");
        server.Dispose();
        using var transport = server.Open(way);

        var refusal = await Assert.ThrowsAsync<ProductException>(
            async () => await transport.SendAsync(new Request("GET", "/health"), TestContext.Current.CancellationToken));

        Assert.Equal(ErrorCode.Unavailable, refusal.Code);
        Assert.Contains("ao up", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_is_reset_at_once_is_a_server_that_cannot_be_reached()
    {
        var address = new ServerAddress("http://127.0.0.1:1", null, TokenSource.File);
        using var transport = new HttpTransport(address, new Reset());

        var refusal = await Assert.ThrowsAsync<ProductException>(
            async () => await transport.SendAsync(new Request("GET", "/health"), TestContext.Current.CancellationToken));

        Assert.Equal(ErrorCode.Unavailable, refusal.Code);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH\r\n\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\n<ht>")]
    public async Task Something_else_on_the_port_is_not_taken_for_our_server(string answer)
    {
        using var server = new OneAnswer(answer);
        using var client = new OrchestratorClient(server.Address, server.Open("bare socket"));

        var refusal = await Assert.ThrowsAsync<ProductException>(() => client.GetHealthAsync(TestContext.Current.CancellationToken));

        Assert.Equal("not_ours", refusal.Reason);
    }

    [Fact]
    public async Task An_answer_of_many_packets_is_read_to_its_end()
    {
        var body = "{\"result\":\"" + new string('x', 100_000) + "\"}";
        using var server = new OneAnswer($"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{body}");
        using var client = new OrchestratorClient(server.Address, server.Open("bare socket"));

        var result = await client.Sessions.GetResultAsync("one", TestContext.Current.CancellationToken);

        Assert.Equal(100_000, result.Result!.Length);
    }

    [Fact]
    public async Task A_token_with_a_line_break_is_refused_before_it_is_sent()
    {
        using var transport = new LoopbackTransport(new ServerAddress("http://127.0.0.1:1", "a\r\nb: c", TokenSource.Environment), 1);

        await Assert.ThrowsAsync<ProductException>(
            async () => await transport.SendAsync(new Request("GET", "/health"), TestContext.Current.CancellationToken));
    }

    /// <summary>Answers one connection with the same bytes, whatever is asked.</summary>
    sealed class OneAnswer : IDisposable
    {
        readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public OneAnswer(string answer)
        {
            _listener.Start();
            Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
            Request = ServeAsync(Encoding.UTF8.GetBytes(answer));
        }

        public int Port { get; }

        public Task<string> Request { get; }

        public ServerAddress Address => new($"http://127.0.0.1:{Port}", "secret", TokenSource.Environment);

        public ITransport Open(string way) => way is "bare socket" ? new LoopbackTransport(Address, Port) : new HttpTransport(Address);

        public void Dispose() => _listener.Dispose();

        async Task<string> ServeAsync(byte[] answer)
        {
            try
            {
                using var connection = await _listener.AcceptTcpClientAsync();
                var stream = connection.GetStream();
                var request = await ReadAsync(stream);
                await stream.WriteAsync(answer);
                return request;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
            {
                return "";
            }
        }

        /// <summary>Up to the end of the head and of the body that it announces.</summary>
        static async Task<string> ReadAsync(NetworkStream stream)
        {
            var text = "";
            var buffer = new byte[4096];
            while (!IsWhole(text))
            {
                var read = await stream.ReadAsync(buffer);
                if (read == 0)
                {
                    break;
                }

                text += Encoding.UTF8.GetString(buffer, 0, read);
            }

            return text;
        }

        static bool IsWhole(string text)
        {
            var head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            var announced = text.IndexOf("Content-Length: ", StringComparison.Ordinal);
            return head >= 0 && (announced < 0
                || text.Length >= head + 4 + int.Parse(text[(announced + 16)..text.IndexOf("\r\n", announced, StringComparison.Ordinal)]));
        }
    }

    sealed class Reset : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new SocketException((int)SocketError.NotConnected);
    }
}
