using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using AgentOrchestrator.Tools;
using AgentOrchestrator.Tools.Outbound;
using Xunit;

namespace AgentOrchestrator.Tests.Tools.Outbound;

public sealed class OutboundClientTests
{
    static readonly OutboundPolicy s_loopback = new() { PrivateNetworks = OutboundPolicy.ReadNetworks("127.0.0.0/8") };

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> LoopbackSpellings =>
    [
        "http://127.0.0.1:{0}/", "http://2130706433:{0}/", "http://0x7f000001:{0}/", "http://0x7f.1:{0}/", "http://0177.0.0.1:{0}/", "http://127.1:{0}/",
        "http://127.0.0.1.:{0}/", "http://[::ffff:127.0.0.1]:{0}/", "http://[::ffff:7f00:1]:{0}/", "http://[::127.0.0.1]:{0}/", "http://[::1]:{0}/",
        "http://[::1%1]:{0}/", "http://[64:ff9b::7f00:1]:{0}/", "http://[2002:7f00:1::]:{0}/", "http://0:{0}/", "http://0.0.0.0:{0}/", "http://[::]:{0}/",
        "http://localhost:{0}/", "http://LOCALHOST:{0}/", "http://①②⑦.⓪.⓪.①:{0}/", "http://127.0.0.1:{0}@example.com/", "http://example.com@127.0.0.1:{0}/",
        "http://127。0。0。1:{0}/", "https://127.0.0.1:{0}/", "http://127.255.255.254:{0}/", "http://two.test:{0}/", "https://two.test:{0}/",
        "ftp://127.0.0.1:{0}/", "gopher://127.0.0.1:{0}/", "file:///etc/passwd?{0}", "http://meta.test:{0}/", "http://127.0.0.1:0/?{0}",
    ];

    [Theory]
    [MemberData(nameof(LoopbackSpellings))]
    public async Task No_spelling_reaches_a_machine_that_nobody_listed(string spelling)
    {
        await using var canary = new LoopbackServer(_ => LoopbackServer.Text("secret"));
        using var client = new OutboundClient(new OutboundPolicy(), Names);
        var text = string.Format(spelling, canary.Port);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address)) { return; }

        await Assert.ThrowsAsync<ToolException>(() => client.GetAsync(address, cancellationToken: Cancel));

        Assert.Equal(0, canary.Connections);
    }

    [Fact]
    public async Task A_name_is_looked_up_once_and_the_checked_address_is_the_one_that_is_reached()
    {
        await using var server = new LoopbackServer(_ => LoopbackServer.Text("hello"));
        var answers = new Queue<string>(["127.0.0.1", "169.254.169.254"]);
        using var client = new OutboundClient(s_loopback, (_, _) => Task.FromResult(new[] { IPAddress.Parse(answers.Dequeue()) }));

        var answer = await client.GetAsync(server.Address(host: "rebound.test"), cancellationToken: Cancel);
        var second = await Assert.ThrowsAsync<ToolException>(() => client.GetAsync(server.Address(host: "rebound.test"), cancellationToken: Cancel));

        Assert.Equal("hello", Encoding.UTF8.GetString(answer.Body.Span));
        Assert.Contains("may never reach", second.Message, StringComparison.Ordinal);
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task One_bad_address_among_good_ones_refuses_the_name()
    {
        await using var server = new LoopbackServer(_ => LoopbackServer.Text("hello"));
        using var client = new OutboundClient(s_loopback, (_, _) => Task.FromResult(new[] { IPAddress.Loopback, IPAddress.Parse("10.0.0.1") }));

        var refusal = await Assert.ThrowsAsync<ToolException>(() => client.GetAsync(server.Address(host: "both.test"), cancellationToken: Cancel));

        Assert.Equal("'both.test' is at a loopback or private address; to reach it an administrator must list its network in PrivateNetworks.", refusal.Message);
        Assert.Equal(0, server.Connections);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_to_a_metadata_service_is_refused(int status)
    {
        await using var server = new LoopbackServer(_ => LoopbackServer.Redirect("http://169.254.169.254/latest/meta-data/", status));
        using var client = new OutboundClient(s_loopback);

        var refusal = await Assert.ThrowsAsync<ToolException>(() => client.GetAsync(server.Address(), "token", cancellationToken: Cancel));

        Assert.Contains("'169.254.169.254' is at an address that tools may never reach", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://127.0.0.1/")]
    [InlineData("http://user:word@127.0.0.1/")]
    public async Task A_redirect_to_what_is_no_web_address_is_refused(string target)
    {
        await using var server = new LoopbackServer(_ => LoopbackServer.Redirect(target));
        using var client = new OutboundClient(s_loopback);

        await Assert.ThrowsAsync<ToolException>(() => client.GetAsync(server.Address(), cancellationToken: Cancel));
    }

    [Fact]
    public async Task Another_origin_never_sees_who_asks()
    {
        await using var other = new LoopbackServer(_ => LoopbackServer.Text("arrived"));
        await using var server = new LoopbackServer(_ => LoopbackServer.Redirect(other.Address("/there").ToString()));
        using var client = new OutboundClient(s_loopback);
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Address());
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "token");
        request.Headers.Add("X-Api-Key", "key");
        request.Headers.Add("Cookie", "a=b");
        request.Headers.Add("Accept", "text/plain");

        var answer = await client.SendAsync(request, cancellationToken: Cancel);

        Assert.Equal("arrived", Encoding.UTF8.GetString(answer.Body.Span));
        Assert.Equal("Bearer token", server.Requests[0]["Authorization"]);
        Assert.Equal(["Accept", "Accept-Encoding", "Host"], other.Requests[0].Headers.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_same_origin_sees_the_token_again()
    {
        await using var server = new LoopbackServer(r => r.Path == "/" ? LoopbackServer.Redirect("/there") : LoopbackServer.Text("arrived"));
        using var client = new OutboundClient(s_loopback);

        await client.GetAsync(server.Address(), "token", cancellationToken: Cancel);

        Assert.Equal(["Bearer token", "Bearer token"], server.Requests.Select(r => r["Authorization"]));
    }

    [Fact]
    public async Task What_was_sent_is_not_carried_to_another_server()
    {
        await using var other = new LoopbackServer(_ => LoopbackServer.Text("arrived"));
        await using var server = new LoopbackServer(_ => LoopbackServer.Redirect(other.Address().ToString(), 307));
        using var client = new OutboundClient(s_loopback);
        using var request = new HttpRequestMessage(HttpMethod.Post, server.Address()) { Content = new StringContent("private") };

        var refusal = await Assert.ThrowsAsync<ToolException>(() => client.SendAsync(request, cancellationToken: Cancel));

        Assert.Contains("it was not sent there", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, other.Connections);
    }

    [Fact]
    public async Task A_server_that_always_redirects_is_left_after_the_third_time()
    {
        await using var server = new LoopbackServer(_ => LoopbackServer.Redirect("/again"));
        using var client = new OutboundClient(s_loopback);

        var refusal = await Assert.ThrowsAsync<ToolException>(() => client.GetAsync(server.Address(), cancellationToken: Cancel));

        Assert.Equal("'127.0.0.1' redirects more than 3 times.", refusal.Message);
        Assert.Equal(4, server.Requests.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")]
    public async Task A_server_that_stalls_is_told_in_words(string beginning)
    {
        await using var server = new LoopbackServer(async (_, stream, cancel) =>
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(beginning), cancel);
            await Task.Delay(Timeout.Infinite, cancel);
        });
        using var client = new OutboundClient(s_loopback);

        var refusal = await Assert.ThrowsAsync<ToolException>(
            () => client.GetAsync(server.Address(), timeout: TimeSpan.FromMilliseconds(300), cancellationToken: Cancel));

        Assert.Equal("'127.0.0.1' did not answer within 0.3 seconds.", refusal.Message);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "broke off before its answer was whole.")]
    [InlineData("", "broke off before its answer was whole.")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", "does not answer in HTTP.")]
    public async Task A_server_that_closes_or_speaks_something_else_is_told_in_words(string answer, string words)
    {
        await using var server = new LoopbackServer(_ => answer);
        using var client = new OutboundClient(s_loopback);

        var refusal = await Assert.ThrowsAsync<ToolException>(() => client.GetAsync(server.Address(), cancellationToken: Cancel));

        Assert.Equal($"'127.0.0.1' {words}", refusal.Message);
    }

    [Fact]
    public async Task An_answer_that_says_that_it_is_too_long_is_not_read()
    {
        await using var server = new LoopbackServer(_ => "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
        using var client = new OutboundClient(s_loopback);

        var refusal = await Assert.ThrowsAsync<ToolException>(() => client.GetAsync(server.Address(), cancellationToken: Cancel));

        Assert.Equal("The answer is longer than 10,485,760 bytes; the rest was not read.", refusal.Message);
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_off()
    {
        await using var server = new LoopbackServer(async (_, stream, cancel) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"u8.ToArray(), cancel);
            while (true) { await stream.WriteAsync(new byte[65_536], cancel); }
        });
        using var client = new OutboundClient(s_loopback with { MaxBytes = 1_000_000 });

        var refusal = await Assert.ThrowsAsync<ToolException>(() => client.GetAsync(server.Address(), cancellationToken: Cancel));

        Assert.Equal("The answer is longer than 1,000,000 bytes; the rest was not read.", refusal.Message);
    }

    [Fact]
    public async Task A_small_answer_that_unpacks_to_a_large_one_is_cut_off()
    {
        var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) { gzip.Write(new byte[20_000_000]); }
        await using var server = new LoopbackServer(async (_, stream, cancel) =>
        {
            var head = $"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {packed.Length}\r\n\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head), cancel);
            await stream.WriteAsync(packed.ToArray(), cancel);
        });
        using var client = new OutboundClient(s_loopback);

        var refusal = await Assert.ThrowsAsync<ToolException>(() => client.GetAsync(server.Address(), cancellationToken: Cancel));

        Assert.Contains("longer than", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_of_events_may_be_long_but_no_event_of_it()
    {
        var small = string.Concat(Enumerable.Repeat($"data: {new string('s', 1_000)}\n\n", 50));
        var large = $"data: {new string('l', 30_000)}";
        await using var server = new LoopbackServer(r =>
            $"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n{(r.Path == "/small" ? small : small + large)}");
        using var client = new OutboundClient(s_loopback with { MaxBytes = 20_000 });

        using var whole = await client.Http.GetAsync(server.Address("/small"), HttpCompletionOption.ResponseHeadersRead, Cancel);
        using var cut = await client.Http.GetAsync(server.Address("/large"), HttpCompletionOption.ResponseHeadersRead, Cancel);

        Assert.Equal(small.Length, await LengthAsync(whole));
        await Assert.ThrowsAsync<ToolException>(() => LengthAsync(cut));
    }

    [Fact]
    public async Task A_server_that_cannot_be_reached_is_told_without_details()
    {
        int port;
        await using (var server = new LoopbackServer(_ => "")) { port = server.Port; }
        using var client = new OutboundClient(s_loopback, Names);

        var closed = await Assert.ThrowsAsync<ToolException>(() => client.GetAsync(new Uri($"http://127.0.0.1:{port}/"), cancellationToken: Cancel));
        var unknown = await Assert.ThrowsAsync<ToolException>(() => client.GetAsync(new Uri("https://unknown.test/"), cancellationToken: Cancel));

        Assert.Equal("'127.0.0.1' could not be reached: no connection could be made.", closed.Message);
        Assert.Equal("'unknown.test' could not be reached: the name is not known.", unknown.Message);
    }

    [Fact]
    public async Task Https_to_what_speaks_no_tls_is_told_in_words()
    {
        await using var server = new LoopbackServer((_, _, _) => Task.CompletedTask);
        await using var plain = new LoopbackServer(_ => LoopbackServer.Text("plain"));
        using var client = new OutboundClient(s_loopback);

        var refusal = await Assert.ThrowsAsync<ToolException>(
            () => client.GetAsync(new Uri($"https://127.0.0.1:{server.Port}/"), timeout: TimeSpan.FromMilliseconds(500), cancellationToken: Cancel));

        Assert.StartsWith("'127.0.0.1' ", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_who_gives_up_meets_his_own_cancellation()
    {
        await using var server = new LoopbackServer((_, _, cancel) => Task.Delay(Timeout.Infinite, cancel));
        using var client = new OutboundClient(s_loopback);
        using var giveUp = new CancellationTokenSource();

        var asking = client.GetAsync(server.Address(), cancellationToken: giveUp.Token);
        await Eventually.TrueAsync(() => server.Requests.Count == 1, "the server was asked");
        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    static async Task<int> LengthAsync(HttpResponseMessage response)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(Cancel);
        var buffer = new byte[4_096];
        var length = 0;
        for (var read = -1; read != 0; length += read) { read = await stream.ReadAsync(buffer, Cancel); }
        return length;
    }

    static Task<IPAddress[]> Names(string host, CancellationToken cancel) => host switch
    {
        "two.test" => Task.FromResult(new[] { IPAddress.Parse("1.1.1.1"), IPAddress.Loopback }),
        "meta.test" => Task.FromResult(new[] { IPAddress.Parse("169.254.169.254") }),
        "unknown.test" => Task.FromResult<IPAddress[]>([]),
        _ => Dns.GetHostAddressesAsync(host, cancel),
    };
}
