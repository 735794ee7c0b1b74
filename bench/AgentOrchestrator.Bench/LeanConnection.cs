using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AgentOrchestrator.Bench;

/// <summary>One keep-alive HTTP/1.1 connection that costs the machine as little as possible, so that the server is what is measured.</summary>
sealed class LeanConnection(int port) : IDisposable
{
    readonly Socket _socket = Connect(port);
    readonly byte[] _buffer = new byte[1 << 20];

    static long s_sent;

    /// <summary>Requests sent by all connections of this process.</summary>
    public static long Sent => Volatile.Read(ref s_sent);

    public static byte[] Request(int port, string method, string path, string? json = null)
    {
        var body = json ?? "";
        return Encoding.UTF8.GetBytes(
            $"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
    }

    /// <summary>Sends and reads the whole answer. The body is valid until the next call.</summary>
    public async ValueTask<(int Status, ReadOnlyMemory<byte> Body)> SendAsync(ReadOnlyMemory<byte> request)
    {
        Interlocked.Increment(ref s_sent);
        await _socket.SendAsync(request);
        var length = 0;
        var bodyStart = -1;
        while (bodyStart < 0)
        {
            length += await ReceiveAsync(length);
            bodyStart = _buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
        }

        bodyStart += 4;
        var head = _buffer.AsMemory(0, bodyStart);
        var status = int.Parse(head.Span.Slice(9, 3), NumberStyles.None, CultureInfo.InvariantCulture);
        if (Header(head.Span, "Content-Length: "u8) is { } contentLength)
        {
            while (length < bodyStart + contentLength)
            {
                length += await ReceiveAsync(length);
            }

            return (status, _buffer.AsMemory(bodyStart, contentLength));
        }

        if (status == 204)
        {
            return (status, default);
        }

        while (!_buffer.AsSpan(0, length).EndsWith("0\r\n\r\n"u8))
        {
            length += await ReceiveAsync(length);
        }

        return (status, _buffer.AsMemory(bodyStart, length - bodyStart));
    }

    /// <summary>Reads whatever has come, for streams.</summary>
    public ValueTask<int> ReadAsync(Memory<byte> into) => _socket.ReceiveAsync(into);

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> request) => await _socket.SendAsync(request);

    public void Dispose() => _socket.Dispose();

    static Socket Connect(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        return socket;
    }

    static int? Header(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        var at = head.IndexOf(name);
        return at >= 0 && Utf8Parser.TryParse(head[(at + name.Length)..], out int value, out _) ? value : null;
    }

    async ValueTask<int> ReceiveAsync(int at)
    {
        var received = await _socket.ReceiveAsync(_buffer.AsMemory(at));
        return received > 0 ? received : throw new IOException("the server closed the connection");
    }
}
