using System.Net;
using System.Net.Sockets;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Server.Hosting;

/// <summary>One address and port that the server listens on.</summary>
sealed record Listener(IPAddress Address, int Port)
{
    public string Url => $"http://{new IPEndPoint(Address, Port)}";

    public bool IsLoopback => IPAddress.IsLoopback(Address);

    /// <summary>Reads <c>http://HOST:PORT</c>; <c>localhost</c> is both loopback addresses, <c>*</c> and <c>+</c> are all addresses.</summary>
    /// <exception cref="ProductException">Invalid, saying what is wrong with the URL.</exception>
    public static IReadOnlyList<Listener> Parse(string url)
    {
        const string Scheme = "http://";
        if (url.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        {
            throw Refuse(url, "this server speaks plain HTTP; put a TLS proxy in front of it");
        }

        // Uri knows no '*' and '+' as hosts.
        var named = url.StartsWith(Scheme + "*", StringComparison.Ordinal) || url.StartsWith(Scheme + "+", StringComparison.Ordinal)
            ? Scheme + "[::]" + url[(Scheme.Length + 1)..]
            : url;
        if (!Uri.TryCreate(named, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp
            || uri.PathAndQuery != "/" || uri.UserInfo != "" || uri.Fragment != "")
        {
            throw Refuse(url, "write it as http://127.0.0.1:9000");
        }

        return uri.Host is "localhost" ? Loopback(uri.Port)
            : IPAddress.TryParse(uri.Host, out var address) ? [new Listener(AnyOrGiven(address), uri.Port)]
            : throw Refuse(url, "name an IP address, localhost, or * for all addresses");
    }

    /// <summary>Both loopback addresses; IPv4 alone for port 0, which the system would choose twice.</summary>
    static IReadOnlyList<Listener> Loopback(int port) =>
        port is 0 || !HasLoopbackV6()
            ? [new Listener(IPAddress.Loopback, port)]
            : [new Listener(IPAddress.Loopback, port), new Listener(IPAddress.IPv6Loopback, port)];

    /// <summary>Containers often know IPv6 and have no address of it.</summary>
    static bool HasLoopbackV6()
    {
        if (!Socket.OSSupportsIPv6)
        {
            return false;
        }

        try
        {
            using var probe = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    static IPAddress AnyOrGiven(IPAddress address) =>
        address.Equals(IPAddress.IPv6Any) && !Socket.OSSupportsIPv6 ? IPAddress.Any : address;

    static ProductException Refuse(string url, string what) =>
        new(ErrorCode.Invalid, $"'{url}' is not an address to listen on: {what}");
}
