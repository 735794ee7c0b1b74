using System.Net;
using System.Net.Sockets;

namespace AgentOrchestrator.ServerTests.Runner;

/// <summary>A TCP line between a runner and its server that can be cut and mended.</summary>
sealed class Cable : IDisposable
{
    readonly Uri _target;
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly Lock _lock = new();
    readonly HashSet<Socket> _open = [];
    bool _isCut;
    bool _isMute;

    public Cable(Uri target)
    {
        _target = target;
        _listener.Start();
        Url = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _ = AcceptAsync();
    }

    public Uri Url { get; }

    public void Cut()
    {
        lock (_lock)
        {
            _isCut = true;
            foreach (var socket in _open)
            {
                socket.Close(0);
            }

            _open.Clear();
        }
    }

    /// <summary>From now on nothing arrives, and nobody is told so.</summary>
    public void Mute()
    {
        lock (_lock)
        {
            _isMute = true;
        }
    }

    /// <summary>From now on connections are refused.</summary>
    public void Refuse()
    {
        _listener.Stop();
        Cut();
    }

    public void Mend()
    {
        lock (_lock)
        {
            _isCut = false;
        }
    }

    public void Dispose()
    {
        Cut();
        _listener.Dispose();
    }

    async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ForwardAsync(await _listener.AcceptSocketAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Disposed, or it refuses.
        }
    }

    async Task ForwardAsync(Socket near)
    {
        using var far = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (near)
        {
            try
            {
                if (!TryKeep(near))
                {
                    return;
                }

                await far.ConnectAsync(_target.Host, _target.Port);
                if (TryKeep(far))
                {
                    await Task.WhenAny(CopyAsync(near, far), CopyAsync(far, near));
                }
            }
            catch (SocketException)
            {
                // The server is away: so is its line.
            }
        }
    }

    bool TryKeep(Socket socket)
    {
        lock (_lock)
        {
            if (!_isCut)
            {
                _open.Add(socket);
            }

            return !_isCut;
        }
    }

    bool IsMute
    {
        get
        {
            lock (_lock)
            {
                return _isMute;
            }
        }
    }

    async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer)) > 0)
            {
                if (!IsMute)
                {
                    await to.SendAsync(buffer.AsMemory(0, read));
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Cut, or closed by one end.
        }
    }
}
