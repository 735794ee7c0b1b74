using System.Net;
using System.Net.Sockets;
using System.Text;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Protocol.Client.Transport;
using System.Buffers.Text;

namespace AgentOrchestrator.Cli;

/// <summary>Short requests to a server on this machine over a bare socket, on the calling thread: done before an HTTP client would be set up.</summary>
/// <remarks>Asks in HTTP/1.0, so that the body is everything up to the end of the connection. Feeds go by <see cref="HttpTransport"/>.</remarks>
sealed class LoopbackTransport(ServerAddress address, int port) : ITransport
{
    const int TimeoutMs = 60_000;

    readonly Lazy<HttpTransport> _streams = new(() => new HttpTransport(address));

    // Closed by the next request, or by the end of the process: for a single request, closing would be a tenth of the whole start-up.
    Socket? _last;

    // Cancellation cannot reach a blocking read; the time-out bounds it, and Ctrl-C ends the process.
    public Task<Reply> SendAsync(Request request, CancellationToken cancel) => Task.FromResult(Send(request));

    public Task<Stream> OpenStreamAsync(Request request, CancellationToken cancel) => _streams.Value.OpenStreamAsync(request, cancel);

    public Task<Reply> UploadAsync(Request request, Stream body, string mediaType, CancellationToken cancel) =>
        _streams.Value.UploadAsync(request, body, mediaType, cancel);

    public void Dispose()
    {
        if (_streams.IsValueCreated)
        {
            _streams.Value.Dispose();
        }
    }

    Reply Send(Request request)
    {
        try
        {
            _last?.Dispose();
            var socket = _last = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
            {
                NoDelay = true,
                SendTimeout = TimeoutMs,
                ReceiveTimeout = request.Patience is { } patience ? (int)patience.TotalMilliseconds : TimeoutMs,
            };
            socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
            SendAll(socket, Encoding.UTF8.GetBytes(Head(request)));
            SendAll(socket, request.Json ?? []);
            return Parse(ReceiveAll(socket));
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            throw Unreachable.Silent(address, e);
        }
        catch (SocketException e)
        {
            throw Unreachable.Refused(address, e);
        }
    }

    string Head(Request request)
    {
        var head = new StringBuilder()
            .Append(request.Method).Append(' ').Append(request.Path).Append(" HTTP/1.0\r\nHost: 127.0.0.1:").Append(port).Append("\r\n");
        if (address.Token is { } token)
        {
            head.Append("Authorization: Bearer ").Append(OneLine(token)).Append("\r\n");
        }

        if (request.IdempotencyKey is { } key)
        {
            head.Append("Idempotency-Key: ").Append(OneLine(key)).Append("\r\n");
        }

        if (request.TraceParent is { } trace)
        {
            head.Append("traceparent: ").Append(OneLine(trace)).Append("\r\n");
        }

        if (request.IfMatch is { } tag)
        {
            head.Append("If-Match: ").Append(OneLine(tag)).Append("\r\n");
        }

        if (request.Json is { } json)
        {
            head.Append("Content-Type: application/json\r\nContent-Length: ").Append(json.Length).Append("\r\n");
        }
        else if (request.Method is not "GET")
        {
            head.Append("Content-Length: 0\r\n");
        }

        return head.Append("\r\n").ToString();
    }

    static string OneLine(string value) => value.Contains('\n') || value.Contains('\r')
        ? throw new ProductException(ErrorCode.Invalid, "the token has a line break in it; see 'ao token'")
        : value;

    Reply Parse(ReadOnlySpan<byte> answer)
    {
        // "HTTP/1.1 200 OK"
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 12 || !answer.StartsWith("HTTP/1."u8) || !int.TryParse(answer.Slice(9, 3), out var status))
        {
            throw Unreachable.NotOurs(address);
        }

        return new Reply(status, answer[(head + 4)..].ToArray()) { RetryAfter = ReadRetryAfter(answer[..head]) };
    }

    static TimeSpan? ReadRetryAfter(ReadOnlySpan<byte> head)
    {
        var name = "\r\nRetry-After: "u8;
        return head.IndexOf(name) is var at and >= 0 && Utf8Parser.TryParse(head[(at + name.Length)..], out int seconds, out _)
            ? TimeSpan.FromSeconds(seconds)
            : null;
    }

    static void SendAll(Socket socket, byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;)
        {
            sent += socket.Send(bytes, sent, bytes.Length - sent, SocketFlags.None);
        }
    }

    static ReadOnlySpan<byte> ReceiveAll(Socket socket)
    {
        var bytes = new byte[4096];
        for (var length = 0; ;)
        {
            var received = socket.Receive(bytes, length, bytes.Length - length, SocketFlags.None);
            if (received == 0)
            {
                return bytes.AsSpan(0, length);
            }

            length += received;
            if (length == bytes.Length)
            {
                Array.Resize(ref bytes, length * 2);
            }
        }
    }
}
