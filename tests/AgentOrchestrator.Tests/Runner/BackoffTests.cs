using AgentOrchestrator.Runner;
using Xunit;

namespace AgentOrchestrator.Tests.Runner;

public sealed class BackoffTests
{
    [Fact]
    public void Delays_double_to_a_bound_and_differ_by_chance()
    {
        Assert.Equal([100, 200, 400, 800, 1600, 3200, 5000, 5000], Enumerable.Range(1, 8).Select(n => Backoff.Delay(n, 1).TotalMilliseconds));
        Assert.Equal(TimeSpan.FromMilliseconds(50), Backoff.Delay(1, 0));
        Assert.Equal(TimeSpan.FromSeconds(5), Backoff.Delay(1_000_000, 1));
    }

    [Fact]
    public void What_the_server_asks_for_is_waited_and_a_little_more()
    {
        var asked = TimeSpan.FromSeconds(10);

        Assert.Equal(asked, Backoff.Delay(1, 0, asked));
        Assert.Equal(TimeSpan.FromSeconds(15), Backoff.Delay(1, 1, asked));
        Assert.Equal(TimeSpan.FromSeconds(5), Backoff.Delay(20, 1, TimeSpan.FromSeconds(1)));
        Assert.Equal(TimeSpan.FromMinutes(1), Backoff.Delay(1, 0, TimeSpan.FromDays(1)));
    }
}
