namespace AgentOrchestrator.Tests.Library;

/// <summary>A clock on which waits of minutes are over at once, and those of an hour never.</summary>
sealed class HastyTime : TimeProvider
{
    static readonly TimeSpan s_never = TimeSpan.FromHours(1);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, dueTime >= s_never || dueTime < TimeSpan.Zero ? Timeout.InfiniteTimeSpan : TimeSpan.Zero, period);
}
