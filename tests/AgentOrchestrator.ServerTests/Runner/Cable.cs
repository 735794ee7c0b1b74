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
    bool _areAnswersMute;
    TaskCompletionSource _mended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    byte[]? _cutAt;
    int _cutAtBytes;

    public Cable(Uri target)
    {
        _target = target;
        _listener.Start();
        Url = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _ = AcceptAsync();
    }

    public Uri Url { get; }

    /// <summary>How many answers with the word of <see cref="CutAnswer"/> have come so far and were cut.</summary>
    public int AnswersCut { get; private set; }

    /// <summary>How long the latest of them was; null while there is none.</summary>
    public int? LengthOfCut { get; private set; }

    /// <summary>Of the next answer that holds this word so many bytes arrive, counted from the first one or, when negative, from the last; then it is cut.</summary>
    public void CutAnswer(string word, int at)
    {
        lock (_lock)
        {
            (_cutAt, _cutAtBytes) = (System.Text.Encoding.ASCII.GetBytes(word), at);
        }
    }

    public void Cut()
    {
        lock (_lock)
        {
            _isCut = true;
            _mended.TrySetResult();
            foreach (var socket in _open)
            {
                socket.Close(0);
            }

            _open.Clear();
        }
    }

    /// <summary>From now on nothing arrives, and nobody is told so; what was sent arrives when it is mended.</summary>
    public void Mute()
    {
        lock (_lock)
        {
            _isMute = true;
        }
    }

    /// <summary>From now on requests arrive, and their answers do not before it is mended.</summary>
    public void MuteAnswers()
    {
        lock (_lock)
        {
            _areAnswersMute = true;
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
            (_isCut, _isMute, _areAnswersMute) = (false, false, false);
            _mended.TrySetResult();
            _mended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
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
                    await Task.WhenAny(CopyAsync(near, far, isAnswer: false), CopyAsync(far, near, isAnswer: true));
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

    /// <summary>Ends when what goes in this direction may arrive.</summary>
    Task UntilHeardAsync(bool isAnswer)
    {
        lock (_lock)
        {
            return _isMute || (isAnswer && _areAnswersMute) ? _mended.Task : Task.CompletedTask;
        }
    }

    /// <returns>How much of it arrives; null for all of it.</returns>
    int? CutOf(ReadOnlySpan<byte> answer)
    {
        lock (_lock)
        {
            if (_cutAt is null || answer.IndexOf(_cutAt) < 0)
            {
                return null;
            }

            _cutAt = null;
            AnswersCut++;
            LengthOfCut = answer.Length;
            return Math.Clamp(_cutAtBytes < 0 ? answer.Length + _cutAtBytes : _cutAtBytes, 0, answer.Length - 1);
        }
    }

    async Task CopyAsync(Socket from, Socket to, bool isAnswer)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer)) > 0)
            {
                if (isAnswer && CutOf(buffer.AsSpan(0, read)) is { } left)
                {
                    await to.SendAsync(buffer.AsMemory(0, left));
                    to.Close(0);
                    from.Close(0);
                }
                else
                {
                    await UntilHeardAsync(isAnswer);
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
