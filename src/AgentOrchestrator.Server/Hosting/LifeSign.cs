using System.Net.Sockets;
using System.Security.Cryptography;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Server.Hosting;

/// <summary>Shows the runners of this host that a server runs on these data, from before it changes anything to after its last change.</summary>
/// <remarks>
/// An abstract socket: the kernel takes it away with the process, however that ends, and neither ports, tunnels nor firewalls have to do with it.
/// Its name stays with the data, so that a server that comes back elsewhere shows the same one.
/// </remarks>
sealed partial class LifeSign(ServerOptions options, ILogger<LifeSign> log) : IDisposable
{
    const int NameBytes = 16;

    Socket? _listener;

    /// <summary>Null where others may share the data, and where there are no such sockets.</summary>
    public string? Name { get; private set; }

    /// <summary>To be called with the data locked and before they are touched.</summary>
    public void Show()
    {
        if (options.Database is not null || !OperatingSystem.IsLinux())
        {
            return;
        }

        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            var name = ReadName(Path.Combine(options.DataDir, "life-sign"));
            listener.Bind(new UnixDomainSocketEndPoint("\0" + name));
            listener.Listen();
            (_listener, Name) = (listener, name);
            _ = AcceptAsync(listener);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse)
        {
            // A server on a copy of the data. To a runner it looks as if this one ran, which is the safe mistake.
            listener.Dispose();
            LogNotShown(e);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            // Without it a runner would take this server for dead.
            listener.Dispose();
            throw new ProductException(ErrorCode.Unavailable, $"the server cannot show on this host that it runs (life-sign in {options.DataDir}): {e.Message}", inner: e);
        }
    }

    public void Dispose() => _listener?.Dispose();

    /// <summary>Who connects learns that this is possible, and that is all.</summary>
    static async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                (await listener.AcceptAsync()).Dispose();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The end of the server.
        }
    }

    static string ReadName(string file)
    {
        if (!File.Exists(file) || File.ReadAllText(file) is not { Length: 2 * NameBytes } id)
        {
            id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NameBytes));
            File.WriteAllText(file + ".new", id);
            File.Move(file + ".new", file, overwrite: true);
        }

        return $"agent-orchestrator-{id}";
    }

    [LoggerMessage(LogLevel.Warning, "Runners of this host cannot see whether the server runs: an outage longer than the lease ends their runs")]
    partial void LogNotShown(Exception error);
}
