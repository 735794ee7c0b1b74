using System.Net;

namespace AgentOrchestrator.Tools.Outbound;

/// <summary>Where tools may connect to, and how much they may bring back.</summary>
/// <remarks>
/// <c>https</c> to public addresses is open. Loopback and private addresses, and plain <c>http</c>, are only open where <see cref="PrivateNetworks"/>
/// lists them. Link-local addresses, those of cloud metadata services among them, are never open.
/// </remarks>
public sealed record OutboundPolicy
{
    /// <summary>Loopback and private networks that an administrator opened.</summary>
    public IReadOnlyList<IPNetwork> PrivateNetworks { get; init; } = [];

    /// <summary>How people list such networks; refusals name it.</summary>
    /// <value>The member above.</value>
    public string Setting { get; init; } = nameof(PrivateNetworks);

    /// <summary>The longest answer, and the longest event of a stream, in bytes, after decompression.</summary>
    /// <value>10 MiB.</value>
    public int MaxBytes { get; init; } = 10 * 1024 * 1024;

    /// <summary>How long a whole answer may take; for a stream of events only its beginning.</summary>
    /// <value>30 seconds.</value>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one connection may take to be made, its name's look-up and TLS included.</summary>
    /// <value>10 seconds.</value>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many redirects are followed; each target is checked like the first address.</summary>
    /// <value>3.</value>
    public int MaxRedirects { get; init; } = 3;

    /// <summary>Networks and addresses between commas, such as <c>127.0.0.0/8, 10.1.2.3</c>.</summary>
    /// <exception cref="ToolException">A part is neither; names it.</exception>
    public static IReadOnlyList<IPNetwork> ReadNetworks(string? text) =>
        [.. (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(ReadNetwork)];

    /// <summary>Whether a connection may go to an address.</summary>
    /// <param name="address">As it was looked up.</param>
    /// <param name="plain">Whether it is <c>http</c> rather than <c>https</c>.</param>
    public bool Allows(IPAddress address, bool plain) => OutboundAddress.ReachOf(address) switch
    {
        AddressReach.Never => false,
        AddressReach.Private => Lists(address),
        _ => !plain || Lists(address),
    };

    bool Lists(IPAddress address)
    {
        var meant = OutboundAddress.Meant(address);
        return PrivateNetworks.Any(network => network.Contains(meant));
    }

    static IPNetwork ReadNetwork(string part)
    {
        if (IPNetwork.TryParse(part, out var network)) { return network; }

        return IPAddress.TryParse(part, out var address)
            ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
            : throw new ToolException($"'{part}' is neither a network such as 10.0.0.0/8 nor an address.");
    }
}
