using System.Net;
using System.Net.Sockets;
using AgentOrchestrator.Protocol.Runners;

namespace AgentOrchestrator.Runner;

/// <summary>Tells a server that does not run from one that cannot be reached.</summary>
sealed class ServerAbsence(RunnerOptions options)
{
    string? _sign;
    bool _wasSeen;

    /// <summary>The server has just answered. If its sign can be seen, they are on one host, and the sign's absence will mean something.</summary>
    public async Task NoteAsync(RunnerRegistered server, CancellationToken cancel)
    {
        if (_sign != server.SoleServer)
        {
            (_sign, _wasSeen) = (server.SoleServer, false);
        }

        if (!_wasSeen && _sign is not null && OperatingSystem.IsLinux())
        {
            _wasSeen = await IsConnectedAsync(EndPointOf(_sign), cancel).ConfigureAwait(false) is true;
        }
    }

    /// <summary>Whether it is certain that no server runs on the data of the one that was noted.</summary>
    public async Task<bool> IsShownAsync(TimeSpan patience, CancellationToken cancel)
    {
        if (_sign is null)
        {
            return false;
        }

        using var timed = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timed.CancelAfter(patience);
        try
        {
            return _wasSeen
                ? await IsConnectedAsync(EndPointOf(_sign), timed.Token).ConfigureAwait(false) is false
                : options.TakesRefusedForDown && IsDirect(options.Server) && await IsRefusedAsync(options.Server, timed.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Whether every address of the server refuses. No answer, no way and no name show nothing.</summary>
    static async Task<bool> IsRefusedAsync(Uri server, CancellationToken cancel)
    {
        IPAddress[] addresses;
        try
        {
            addresses = await Dns.GetHostAddressesAsync(server.DnsSafeHost, cancel).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            return false;
        }

        foreach (var address in addresses)
        {
            if (await IsConnectedAsync(new IPEndPoint(address, server.Port), cancel).ConfigureAwait(false) is not false)
            {
                return false;
            }
        }

        return addresses.Length > 0;
    }

    /// <summary>What a proxy answers says nothing about the server behind it.</summary>
    static bool IsDirect(Uri server) =>
        server.IsLoopback || HttpClient.DefaultProxy.IsBypassed(server) || HttpClient.DefaultProxy.GetProxy(server) is null;

    static UnixDomainSocketEndPoint EndPointOf(string sign) => new("\0" + sign);

    /// <returns>False when the connection is refused; null when that is not known.</returns>
    static async Task<bool?> IsConnectedAsync(EndPoint to, CancellationToken cancel)
    {
        try
        {
            using var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(to, cancel).ConfigureAwait(false);
            return true;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode is SocketError.ConnectionRefused ? false : null;
        }
    }
}
