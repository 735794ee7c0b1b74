using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AgentOrchestrator.Cli.Proving;

/// <summary>What happens to one request on a line.</summary>
enum LineFault
{
    /// <summary>The line breaks before the server has it.</summary>
    CutBefore,

    /// <summary>The server has answered, and the line breaks before the answer arrives.</summary>
    CutAfter,

    /// <summary>It arrives late.</summary>
    Hold,

    /// <summary>It arrives twice, one after the other; the second answer counts.</summary>
    Twice,
}

/// <summary>A TCP line on loopback between HTTP clients and the server, on which single requests fare badly.</summary>
sealed class FaultyLine : IDisposable
{
    /// <summary>Shorter than what clients wait for an answer, longer than what they wait between two requests.</summary>
    public static readonly TimeSpan Held = TimeSpan.FromSeconds(2);

    /// <summary>A poll is answered when there is something to do; its double is not waited for that long.</summary>
    static readonly TimeSpan s_doubled = TimeSpan.FromSeconds(1);

    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly IPEndPoint _server;
    readonly TimeProvider _time;
    readonly Lock _lock = new();
    readonly HashSet<Socket> _open = [];
    (LineFault Fault, TaskCompletionSource Struck)? _armed;
    bool _isDown;

    /// <param name="server">Its port.</param>
    public FaultyLine(int server, TimeProvider time)
    {
        _server = new IPEndPoint(IPAddress.Loopback, server);
        _time = time;
        _listener.Start();
        Url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _ = AcceptAsync();
    }

    public string Url { get; }

    /// <summary>Strikes the next request; one fault at a time.</summary>
    /// <returns>Ends when it has struck.</returns>
    public Task Arm(LineFault fault)
    {
        var struck = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _armed = (fault, struck);
        }

        return struck.Task;
    }

    public void Dispose()
    {
        _listener.Dispose();
        lock (_lock)
        {
            _isDown = true;
            foreach (var socket in _open)
            {
                socket.Close(0);
            }
        }
    }

    async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptSocketAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The line is taken down.
        }
    }

    async Task ServeAsync(Socket near)
    {
        try
        {
            if (Keep(near))
            {
                using var far = await ConnectAsync();
                using var answers = new Answers(near, far);
                await PassOnAsync(near, far, answers);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One of the two went away: so does the line between them.
        }
        finally
        {
            Close(near);
        }
    }

    async Task PassOnAsync(Socket near, Socket far, Answers answers)
    {
        var request = new RequestBuffer();
        while (await request.ReadAsync(near))
        {
            switch (TakeFault())
            {
                case LineFault.CutBefore:
                    return;
                case LineFault.CutAfter:
                    answers.CutAtNext();
                    break;
                case LineFault.Hold:
                    await Task.Delay(Held, _time);
                    break;
                case LineFault.Twice:
                    await SendAloneAsync(request.Bytes);
                    break;
            }

            await far.SendAsync(request.Bytes);
        }
    }

    /// <summary>On a connection of its own, until it is answered.</summary>
    async Task SendAloneAsync(ReadOnlyMemory<byte> request)
    {
        using var alone = await ConnectAsync();
        using var patience = new CancellationTokenSource(s_doubled, _time);
        await alone.SendAsync(request, patience.Token);
        try
        {
            await alone.ReceiveAsync(new byte[1_024], patience.Token);
        }
        catch (OperationCanceledException)
        {
            // It has arrived; what it answers does not matter.
        }
    }

    LineFault? TakeFault()
    {
        lock (_lock)
        {
            if (_armed is not { } armed)
            {
                return null;
            }

            _armed = null;
            armed.Struck.SetResult();
            return armed.Fault;
        }
    }

    async Task<Socket> ConnectAsync()
    {
        var far = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await far.ConnectAsync(_server);
            return far;
        }
        catch
        {
            far.Dispose();
            throw;
        }
    }

    bool Keep(Socket near)
    {
        near.NoDelay = true;
        lock (_lock)
        {
            return !_isDown && _open.Add(near);
        }
    }

    void Close(Socket near)
    {
        lock (_lock)
        {
            _open.Remove(near);
        }

        near.Close(0);
    }

    /// <summary>The way back. It ends with either socket, and takes both along.</summary>
    sealed class Answers : IDisposable
    {
        readonly Socket _near;
        readonly Socket _far;
        volatile bool _isCut;

        public Answers(Socket near, Socket far)
        {
            (_near, _far) = (near, far);
            _ = CopyAsync();
        }

        public void CutAtNext() => _isCut = true;

        public void Dispose() => _far.Dispose();

        async Task CopyAsync()
        {
            var buffer = new byte[16 * 1_024];
            try
            {
                int read;
                while ((read = await _far.ReceiveAsync(buffer)) > 0 && !_isCut)
                {
                    await _near.SendAsync(buffer.AsMemory(0, read));
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Closed by one end, or by the way there.
            }

            _near.Close(0);
        }
    }

    /// <summary>One whole request at a time, head and body, as HTTP/1.1 clients send them: the next one after the answer.</summary>
    sealed class RequestBuffer
    {
        static readonly byte[] s_headEnd = "\r\n\r\n"u8.ToArray();
        static readonly byte[] s_bodyEnd = "\r\n0\r\n\r\n"u8.ToArray();

        byte[] _bytes = new byte[16 * 1_024];
        int _length;

        public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, _length);

        /// <returns>False when the client has gone.</returns>
        public async Task<bool> ReadAsync(Socket from)
        {
            _length = 0;
            while (!IsWhole())
            {
                if (_length == _bytes.Length)
                {
                    Array.Resize(ref _bytes, _length * 2);
                }

                var read = await from.ReceiveAsync(_bytes.AsMemory(_length));
                if (read == 0)
                {
                    return false;
                }

                _length += read;
            }

            return true;
        }

        bool IsWhole()
        {
            var bytes = _bytes.AsSpan(0, _length);
            var head = bytes.IndexOf(s_headEnd);
            if (head < 0)
            {
                return false;
            }

            var fields = Encoding.ASCII.GetString(bytes[..head]).Split("\r\n");
            if (Array.Exists(fields, field => field.Equals("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase)))
            {
                return bytes.EndsWith(s_bodyEnd);
            }

            const string Length = "Content-Length:";
            var length = Array.Find(fields, field => field.StartsWith(Length, StringComparison.OrdinalIgnoreCase));
            return length is null || _length >= head + s_headEnd.Length + int.Parse(length[Length.Length..], NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
        }
    }
}
