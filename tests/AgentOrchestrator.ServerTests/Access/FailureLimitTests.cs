using System.Net;
using AgentOrchestrator.Server.Access;

namespace AgentOrchestrator.ServerTests.Access;

public sealed class FailureLimitTests
{
    readonly SteppedTime _time = new();

    [Fact]
    public void The_eleventh_failure_in_a_minute_waits_for_the_minute_s_end()
    {
        var limit = new FailureLimit(_time);
        var address = IPAddress.Parse("192.0.2.1");
        Fail(limit, address, FailureLimit.PerMinute);
        _time.Now += TimeSpan.FromSeconds(20);

        Assert.Equal(TimeSpan.FromSeconds(40), limit.Note(address));
        Assert.Null(limit.Note(IPAddress.Parse("192.0.2.2")));

        _time.Now += TimeSpan.FromSeconds(40);
        Assert.Null(limit.Note(address));
    }

    [Fact]
    public void An_IPv6_network_counts_as_one_address()
    {
        var limit = new FailureLimit(_time);
        Fail(limit, IPAddress.Parse("2001:db8::1"), FailureLimit.PerMinute);

        Assert.NotNull(limit.Note(IPAddress.Parse("2001:db8::ffff")));
        Assert.Null(limit.Note(IPAddress.Parse("2001:db8:0:1::1")));
    }

    [Fact]
    public void A_flood_from_many_addresses_stays_within_its_memory()
    {
        var limit = new FailureLimit(_time);
        for (var i = 0; i < 100_000; i++)
        {
            Assert.Null(limit.Note(new IPAddress(i + 1_000_000L)));
        }
    }

    static void Fail(FailureLimit limit, IPAddress address, int times)
    {
        for (var i = 0; i < times; i++)
        {
            Assert.Null(limit.Note(address));
        }
    }

    sealed class SteppedTime : TimeProvider
    {
        public TimeSpan Now { get; set; } = TimeSpan.FromHours(1);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
