namespace AgentOrchestrator.StoreTests;

/// <summary>A clock that stands still until a test moves it, and the time stamps that go with it.</summary>
public sealed class FakeTime : TimeProvider
{
    readonly Lock _gate = new();
    DateTimeOffset _now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    TimeSpan _elapsed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _now;
        }
    }

    public override long GetTimestamp()
    {
        lock (_gate)
        {
            return _elapsed.Ticks;
        }
    }

    public void Advance(TimeSpan by)
    {
        lock (_gate)
        {
            _now += by;
            _elapsed += by;
        }
    }

    /// <summary>Puts the clock forward, or back, without any time going by.</summary>
    public void Jump(TimeSpan by)
    {
        lock (_gate)
        {
            _now += by;
        }
    }
}
