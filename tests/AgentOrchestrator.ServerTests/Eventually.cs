using System.Diagnostics;

namespace AgentOrchestrator.ServerTests;

/// <summary>Waits for a condition of another process, with a limit; for conditions of ours there are signals.</summary>
static class Eventually
{
    public static async Task TrueAsync(Func<Task<bool>> condition, string what, TimeSpan limit, CancellationToken cancel)
    {
        var since = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < limit, $"not within {limit.TotalSeconds:N0} s: {what}");
            await timer.WaitForNextTickAsync(cancel);
        }
    }

    public static Task TrueAsync(Func<bool> condition, string what, TimeSpan limit, CancellationToken cancel) =>
        TrueAsync(() => Task.FromResult(condition()), what, limit, cancel);
}
