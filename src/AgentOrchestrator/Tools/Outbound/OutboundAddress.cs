using System.Net;
using System.Net.Sockets;

namespace AgentOrchestrator.Tools.Outbound;

enum AddressReach
{
    Public,

    /// <summary>Loopback, private, shared, reserved: only where it is listed.</summary>
    Private,

    /// <summary>Link-local, metadata, multicast, unspecified.</summary>
    Never,
}

/// <summary>What kind of place an address is. Works on the address, never on its text.</summary>
static class OutboundAddress
{
    static readonly IPNetwork[] s_never = Networks(
        "0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32", "::/128", "fe80::/10", "ff00::/8",
        // Metadata services outside of link-local: Alibaba, Azure, Oracle, AWS.
        "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::254/128");

    static readonly IPNetwork[] s_private = Networks(
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
        // Teredo and documentation, inside the public half of IPv6.
        "2001::/32", "2001:db8::/32");

    static readonly IPNetwork s_publicV6 = IPNetwork.Parse("2000::/3");
    static readonly IPNetwork s_nat64 = IPNetwork.Parse("64:ff9b::/96");
    static readonly IPNetwork s_sixToFour = IPNetwork.Parse("2002::/16");
    static readonly IPNetwork s_compatible = IPNetwork.Parse("::/96");

    public static AddressReach ReachOf(IPAddress address)
    {
        var meant = Meant(address);
        if (s_never.Any(network => network.Contains(meant))) { return AddressReach.Never; }

        return s_private.Any(network => network.Contains(meant)) || IsOutsidePublicV6(meant) ? AddressReach.Private : AddressReach.Public;
    }

    /// <summary>The IPv4 address inside an IPv6 one that only carries it; else the address itself, without its zone.</summary>
    public static IPAddress Meant(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6) { return address; }
        if (address.IsIPv4MappedToIPv6) { return address.MapToIPv4(); }

        var bytes = address.GetAddressBytes();
        var plain = new IPAddress(bytes);
        if (s_sixToFour.Contains(plain)) { return new IPAddress(bytes.AsSpan(2, 4)); }

        var carries = s_nat64.Contains(plain) || (s_compatible.Contains(plain) && !IPAddress.IsLoopback(plain) && !plain.Equals(IPAddress.IPv6Any));
        return carries ? new IPAddress(bytes.AsSpan(12, 4)) : plain;
    }

    static bool IsOutsidePublicV6(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 && !s_publicV6.Contains(address);

    static IPNetwork[] Networks(params string[] networks) => [.. networks.Select(IPNetwork.Parse)];
}
