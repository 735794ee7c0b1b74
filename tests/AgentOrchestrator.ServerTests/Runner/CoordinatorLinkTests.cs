using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Runner;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentOrchestrator.ServerTests.Runner;

public sealed class CoordinatorLinkTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_under_a_registration_that_another_call_has_renewed_meanwhile_is_asked_again()
    {
        await using var server = await TestServer.StartAsync();
        using var api = new CoordinatorApi(server.Url, token: null);
        var self = new RegisterRunner { Hostname = "h", ProjectDir = "/p", ExecutorType = "script", InstanceId = "one" };
        using var link = new CoordinatorLink(api, self, TimeProvider.System, NullLogger<CoordinatorLink>.Instance);
        var asked = 0;

        var answer = await link.CallAsync(
            async registered =>
            {
                if (++asked > 1)
                {
                    return registered.RunnerId;
                }

                link.Forget(registered);
                await link.RegisterAsync(Cancel);
                throw new ProductException(ErrorCode.Unauthenticated, "Runner not registered", "not_registered");
            },
            Cancel);

        Assert.Equal(((await link.RegisterAsync(Cancel)).RunnerId, 2), (answer, asked));
    }

    [Theory]
    [InlineData(1, 50, 100)]
    [InlineData(7, 2_500, 5_000)]
    public void Five_hundred_runners_that_lost_their_server_at_one_moment_come_back_at_different_ones(int failures, double least, double most)
    {
        var pauses = new PausesNoted();
        using var api = new CoordinatorApi(new Uri("http://127.0.0.1:1"), token: null);
        using var over = new CancellationTokenSource();

        for (var n = 0; n < 500; n++)
        {
            using var link = new CoordinatorLink(api, new RegisterRunner(), pauses, NullLogger<CoordinatorLink>.Instance);
            _ = link.PauseAsync(failures, over.Token);
        }

        over.Cancel();
        Assert.All(pauses.All, pause => Assert.InRange(pause.TotalMilliseconds, least, most));
        var tenths = pauses.All.GroupBy(pause => Math.Min(9, (int)((pause.TotalMilliseconds - least) / (most - least) * 10))).ToList();
        Assert.Equal(10, tenths.Count);
        Assert.All(tenths, tenth => Assert.InRange(tenth.Count(), 5, 125));
    }

    /// <summary>Time in which no pause ends.</summary>
    sealed class PausesNoted : TimeProvider
    {
        public List<TimeSpan> All { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            All.Add(dueTime);
            return base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, period);
        }
    }
}
