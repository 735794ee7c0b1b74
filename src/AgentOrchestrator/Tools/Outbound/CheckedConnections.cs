using System.Net;
using System.Net.Sockets;

namespace AgentOrchestrator.Tools.Outbound;

/// <summary>Looks a name up once, checks every address that comes back, and connects to just those: a second look-up cannot answer otherwise.</summary>
sealed class CheckedConnections(OutboundPolicy policy, NameLookup lookup)
{
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var host = context.DnsEndPoint.Host;
        var addresses = await lookup(host, cancel).ConfigureAwait(false);
        if (addresses.Length == 0) { throw new SocketException((int)SocketError.HostNotFound); }

        var plain = context.InitialRequestMessage.RequestUri!.Scheme == Uri.UriSchemeHttp;
        if (!addresses.All(address => policy.Allows(address, plain))) { throw Refusal(host, addresses, plain); }

        return await ConnectAsync(addresses, context.DnsEndPoint.Port, cancel).ConfigureAwait(false);
    }

    static async Task<Stream> ConnectAsync(IPAddress[] addresses, int port, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, port, cancel).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // The address itself is not told: an agent must not learn from names what is where inside the network.
    ToolException Refusal(string host, IPAddress[] addresses, bool plain)
    {
        if (addresses.Any(address => OutboundAddress.ReachOf(address) == AddressReach.Never))
        {
            return new ToolException($"'{host}' is at an address that tools may never reach (link-local, metadata, multicast or unspecified).");
        }

        return plain && addresses.All(address => policy.Allows(address, plain: false))
            ? new ToolException($"'{host}' is only reached over https; for http an administrator must list its network in {policy.Setting}.")
            : new ToolException($"'{host}' is at a loopback or private address; to reach it an administrator must list its network in {policy.Setting}.");
    }
}
