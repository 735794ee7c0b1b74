using System.Net;
using AgentOrchestrator.Tools;
using AgentOrchestrator.Tools.Outbound;
using Xunit;

namespace AgentOrchestrator.Tests.Tools.Outbound;

public sealed class OutboundAddressTests
{
    static readonly OutboundPolicy s_everything = new() { PrivateNetworks = OutboundPolicy.ReadNetworks("0.0.0.0/0,::/0") };

    [Theory]
    [InlineData("169.254.169.254")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("64:ff9b::a9fe:a9fe")]
    [InlineData("2002:a9fe:a9fe::1")]
    [InlineData("::a9fe:a9fe")]
    [InlineData("fe80::1%3")]
    [InlineData("fd00:ec2::254")]
    [InlineData("100.100.100.200")]
    [InlineData("168.63.129.16")]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("::")]
    [InlineData("224.0.0.1")]
    [InlineData("ff02::1")]
    [InlineData("255.255.255.255")]
    public void Some_addresses_are_out_of_reach_whatever_is_listed(string address)
    {
        Assert.False(s_everything.Allows(IPAddress.Parse(address), plain: false));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.9.9.9")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("10.0.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("100.64.0.1")]
    [InlineData("fc00::1")]
    [InlineData("fec0::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:0a00:0001::1")]
    [InlineData("198.18.0.1")]
    [InlineData("240.0.0.1")]
    public void Private_addresses_are_within_reach_only_where_they_are_listed(string address)
    {
        var meant = IPAddress.Parse(address);

        Assert.False(new OutboundPolicy().Allows(meant, plain: false));
        Assert.True(s_everything.Allows(meant, plain: true));
    }

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("172.32.0.1")]
    [InlineData("2606:4700::1111")]
    public void Public_addresses_are_within_reach_over_https(string address)
    {
        Assert.True(new OutboundPolicy().Allows(IPAddress.Parse(address), plain: false));
        Assert.False(new OutboundPolicy().Allows(IPAddress.Parse(address), plain: true));
    }

    [Fact]
    public void Networks_are_read_between_commas_and_a_slip_is_named()
    {
        Assert.Equal(["127.0.0.0/8", "10.1.2.3/32", "::1/128"], OutboundPolicy.ReadNetworks("127.0.0.0/8, 10.1.2.3,::1").Select(n => n.ToString()));
        Assert.Empty(OutboundPolicy.ReadNetworks(null));
        Assert.Contains("'intranet'", Assert.Throws<ToolException>(() => OutboundPolicy.ReadNetworks("intranet")).Message, StringComparison.Ordinal);
    }
}
