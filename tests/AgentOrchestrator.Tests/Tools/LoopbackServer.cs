using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AgentOrchestrator.Tests.Tools;

/// <summary>Writes what it likes to whoever connects: HTTP, half of it, or nothing.</summary>
sealed class LoopbackServer : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stop = new();
    readonly Func<LoopbackRequest, Stream, CancellationToken, Task> _answer;
    readonly List<LoopbackRequest> _requests = [];
    readonly Task _accepting;
    int _connections;

    public LoopbackServer(Func<LoopbackRequest, Stream, CancellationToken, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public LoopbackServer(Func<LoopbackRequest, string> answer)
        : this((request, stream, cancel) => stream.WriteAsync(Encoding.UTF8.GetBytes(answer(request)), cancel).AsTask())
    {
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Connections => Volatile.Read(ref _connections);

    public IReadOnlyList<LoopbackRequest> Requests
    {
        get { lock (_requests) { return [.. _requests]; } }
    }

    public static string Json(string body, int status = 200) => Text(body, "application/json", status);

    public static string Text(string body, string type = "text/plain", int status = 200) =>
        $"HTTP/1.1 {status} Said\r\nContent-Type: {type}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}";

    public static string Redirect(string to, int status = 302) =>
        $"HTTP/1.1 {status} Elsewhere\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

    public Uri Address(string path = "/", string host = "127.0.0.1") => new($"http://{host}:{Port}{path}");

    public async ValueTask DisposeAsync()
    {
        // The listener last: one that has stopped cannot be asked for a connection, not even in vain.
        await _stop.CancelAsync();
        await _accepting;
        _listener.Stop();
        _stop.Dispose();
    }

    async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Interlocked.Increment(ref _connections);
                serving.Add(ServeAsync(client));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }
    }

    async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var request = await LoopbackRequest.ReadAsync(stream, _stop.Token);
                lock (_requests) { _requests.Add(request); }
                await _answer(request, stream, _stop.Token);
            }
            catch (Exception end) when (end is IOException or OperationCanceledException or SocketException)
            {
                // The other side went first.
            }
        }
    }
}

/// <summary>What somebody asked.</summary>
sealed record LoopbackRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string? this[string header] => Headers.GetValueOrDefault(header);

    public static async Task<LoopbackRequest> ReadAsync(Stream stream, CancellationToken cancel)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (!EndsWithEmptyLine(head))
        {
            if (await stream.ReadAsync(one, cancel) == 0) { throw new IOException("closed before its head was whole"); }
            head.Add(one[0]);
        }

        var lines = Encoding.Latin1.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        var body = headers.ContainsKey("Transfer-Encoding")
            ? await ChunksAsync(stream, cancel)
            : await BytesAsync(stream, int.Parse(headers.GetValueOrDefault("Content-Length", "0")), cancel);
        var words = lines[0].Split(' ');
        return new LoopbackRequest(words[0], words[1], headers, Encoding.UTF8.GetString(body));
    }

    static async Task<byte[]> ChunksAsync(Stream stream, CancellationToken cancel)
    {
        var body = new List<byte>();
        while (true)
        {
            var size = new List<byte>();
            while (size.Count < 2 || size[^1] != '\n') { size.AddRange(await BytesAsync(stream, 1, cancel)); }
            var length = Convert.ToInt32(Encoding.ASCII.GetString([.. size]).Trim(), 16);
            var chunk = await BytesAsync(stream, length + 2, cancel);
            body.AddRange(chunk[..length]);
            if (length == 0) { return [.. body]; }
        }
    }

    static async Task<byte[]> BytesAsync(Stream stream, int count, CancellationToken cancel)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, cancel);
        return bytes;
    }

    static bool EndsWithEmptyLine(List<byte> head) => head.Count >= 4 && head[^4] == '\r' && head[^3] == '\n' && head[^2] == '\r' && head[^1] == '\n';
}
