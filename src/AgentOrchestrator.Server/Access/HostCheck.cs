using System.Globalization;
using System.Net;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Server.Hosting;

namespace AgentOrchestrator.Server.Access;

/// <summary>First of all checks: a page whose name was made to point here (DNS rebinding) still sends its own name as <c>Host</c>.</summary>
sealed class HostCheck(RequestDelegate next, ServerOptions options, Opening opening)
{
    const int DefaultHttpPort = 80;

    public async Task InvokeAsync(HttpContext context)
    {
        if (!opening.IsDone)
        {
            await opening.WaitAsync(context.RequestAborted);
        }

        if (context.Request.Headers.Host is not [{ } host] || !IsAllowed(host, context.Connection))
        {
            throw new ProductException(
                ErrorCode.Forbidden,
                "this server does not answer to that host name; use 127.0.0.1 or localhost with the port it listens on, "
                + "or name the host in AGENT_ORCHESTRATOR_ALLOWED_HOSTS",
                "host_not_allowed");
        }

        await next(context);
    }

    bool IsAllowed(string host, ConnectionInfo connection)
    {
        foreach (var allowed in options.AllowedHosts)
        {
            if (host.Equals(allowed, StringComparison.OrdinalIgnoreCase)
                || (Split(host) is var (given, _) && given.Equals(allowed, StringComparison.OrdinalIgnoreCase)))
            {
                return true;
            }
        }

        return Split(host) is var (name, port) && port == connection.LocalPort && IsOwnName(name, connection.LocalIpAddress);
    }

    /// <summary>A loopback name, or the very address that the connection came in on: neither can be somebody else's name.</summary>
    static bool IsOwnName(string name, IPAddress? local)
    {
        if (name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || name is "127.0.0.1" or "[::1]")
        {
            return true;
        }

        if (local is { IsIPv4MappedToIPv6: true })
        {
            local = local.MapToIPv4();
        }

        return local is not null && name == (local.AddressFamily is System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{local}]" : local.ToString());
    }

    static (string Name, int Port)? Split(string host)
    {
        var colon = host.LastIndexOf(':');
        if (colon < 0 || host.EndsWith(']'))
        {
            return (host, DefaultHttpPort);
        }

        return int.TryParse(host.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? (host[..colon], port)
            : null;
    }
}
