using System.Net;
using System.Net.Sockets;

namespace AgentOrchestrator.Server.Access;

/// <summary>Whom an address counts as.</summary>
static class NetworkAddress
{
    const int NetworkBytes = 8;

    /// <summary>An IPv6 subscriber owns at least a /64; it counts as one.</summary>
    public static IPAddress Of(IPAddress? address)
    {
        if (address is null)
        {
            return IPAddress.None;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily is not AddressFamily.InterNetworkV6)
        {
            return address;
        }

        var bytes = address.GetAddressBytes();
        Array.Clear(bytes, NetworkBytes, bytes.Length - NetworkBytes);
        return new IPAddress(bytes);
    }
}
