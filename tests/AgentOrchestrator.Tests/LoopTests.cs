using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Protocol;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace AgentOrchestrator.Tests;

public sealed class LoopTests
{
    static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_loop_goes_on_when_the_database_cannot_serve_and_ends_when_it_is_told()
    {
        using var stop = new CancellationTokenSource();
        var loop = new Counting(round => round == 1 ? throw new ProductException(ErrorCode.Unavailable, "busy") : null);

        var running = loop.RunAsync(stop.Token);
        await loop.ThirdRound.WaitAsync(s_limit, TestContext.Current.CancellationToken);
        await stop.CancelAsync();

        await running.WaitAsync(s_limit, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_failure_that_nobody_foresaw_leaves_the_loop()
    {
        var loop = new Counting(_ => throw new InvalidOperationException("a fault of ours"));

        var running = loop.RunAsync(CancellationToken.None);

        await Assert.ThrowsAsync<InvalidOperationException>(() => running.WaitAsync(s_limit, TestContext.Current.CancellationToken));
    }

    sealed class Counting(Func<int, object?> round) : Loop(TimeSpan.FromMilliseconds(2), TimeProvider.System, NullLogger.Instance)
    {
        readonly TaskCompletionSource _third = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int _rounds;

        public Task ThirdRound => _third.Task;

        protected override Task<object?> RoundAsync(CancellationToken cancel)
        {
            if (++_rounds == 3)
            {
                _third.SetResult();
            }

            return Task.FromResult(round(_rounds));
        }
    }
}
