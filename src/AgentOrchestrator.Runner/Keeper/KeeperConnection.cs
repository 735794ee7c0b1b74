using System.Buffers.Binary;
using System.Net.Sockets;

namespace AgentOrchestrator.Runner.Keeper;

/// <summary>One connection between runner and keeper. One reads at a time; any number write, in turn.</summary>
sealed class KeeperConnection(Socket socket) : IDisposable
{
    /// <summary>A prompt and an environment; more is nobody we know.</summary>
    const int MaxMessageBytes = 64 * 1024 * 1024;

    readonly SemaphoreSlim _writing = new(1, 1);

    /// <exception cref="SocketException">Nobody listens there.</exception>
    public static async Task<KeeperConnection> OpenAsync(string path, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel).ConfigureAwait(false);
            return new KeeperConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <returns>False when the other side is gone.</returns>
    public async Task<bool> SendAsync(KeeperMessage message)
    {
        var body = KeeperWire.Encode(message);
        var frame = new byte[sizeof(int) + body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, body.Length);
        body.CopyTo(frame, sizeof(int));
        await _writing.WaitAsync().ConfigureAwait(false);
        try
        {
            for (var rest = frame.AsMemory(); !rest.IsEmpty;)
            {
                rest = rest[await socket.SendAsync(rest, SocketFlags.None, CancellationToken.None).ConfigureAwait(false)..];
            }

            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <returns>Null when the other side is gone, or does not speak as we do.</returns>
    public async Task<KeeperMessage?> ReceiveAsync(CancellationToken cancel)
    {
        var head = new byte[sizeof(int)];
        if (!await FillAsync(head, cancel).ConfigureAwait(false))
        {
            return null;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(head);
        if (length is < 1 or > MaxMessageBytes)
        {
            return null;
        }

        var body = new byte[length];
        try
        {
            return await FillAsync(body, cancel).ConfigureAwait(false) ? KeeperWire.Decode(body) : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    public void Dispose() => socket.Dispose();

    async Task<bool> FillAsync(Memory<byte> buffer, CancellationToken cancel)
    {
        while (!buffer.IsEmpty)
        {
            int read;
            try
            {
                read = await socket.ReceiveAsync(buffer, SocketFlags.None, cancel).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return false;
            }

            if (read == 0)
            {
                return false;
            }

            buffer = buffer[read..];
        }

        return true;
    }
}
