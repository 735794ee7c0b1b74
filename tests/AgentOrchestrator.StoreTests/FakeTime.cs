namespace AgentOrchestrator.StoreTests;

/// <summary>A clock that stands still until a test moves it.</summary>
public sealed class FakeTime : TimeProvider
{
    readonly Lock _gate = new();
    DateTimeOffset _now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _now;
        }
    }

    public void Advance(TimeSpan by)
    {
        lock (_gate)
        {
            _now += by;
        }
    }
}
