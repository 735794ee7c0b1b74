using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace AgentOrchestrator.Server.Hosting;

/// <summary>Where this server reaches itself, once it listens.</summary>
sealed class SelfAddress(IServer server)
{
    /// <summary>An address that the server listens on, as seen from this host.</summary>
    public Uri Find()
    {
        var addresses = server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        var address = BindingAddress.Parse(addresses.FirstOrDefault(a => a.StartsWith("http://", StringComparison.Ordinal)) ?? addresses.First());
        var host = address.Host switch
        {
            "*" or "+" or "0.0.0.0" => IPAddress.Loopback.ToString(),
            "[::]" => $"[{IPAddress.IPv6Loopback}]",
            var named => named,
        };
        return new UriBuilder(address.Scheme, host, address.Port).Uri;
    }
}
