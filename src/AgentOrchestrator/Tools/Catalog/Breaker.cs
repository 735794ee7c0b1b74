namespace AgentOrchestrator.Tools.Catalog;

/// <summary>Leaves a server alone that failed several times in a row, then lets one call find out whether it is back.</summary>
/// <param name="most">How many faults in a row open it.</param>
/// <param name="rest">How long it stays open.</param>
sealed class Breaker(int most, TimeSpan rest, TimeProvider time)
{
    readonly Lock _lock = new();
    int _faults;
    long _openedAt;
    bool _isTrying;

    public bool IsOpen
    {
        get { lock (_lock) { return _faults >= most; } }
    }

    /// <summary>Every entry is followed by <see cref="Leave"/>, or by <see cref="GiveUp"/> when nobody waits any more.</summary>
    /// <returns>Null when the server may be asked; else how long it is left alone yet.</returns>
    public TimeSpan? Enter()
    {
        lock (_lock)
        {
            if (_faults < most) { return null; }

            var left = rest - time.GetElapsedTime(_openedAt);
            if (left > TimeSpan.Zero || _isTrying) { return left > TimeSpan.Zero ? left : TimeSpan.Zero; }

            _isTrying = true;
            return null;
        }
    }

    public void Leave(bool isFault)
    {
        lock (_lock)
        {
            _isTrying = false;
            _faults = isFault ? Math.Min(_faults + 1, most) : 0;
            if (_faults == most) { _openedAt = time.GetTimestamp(); }
        }
    }

    /// <summary>It is not known how the server did.</summary>
    public void GiveUp()
    {
        lock (_lock) { _isTrying = false; }
    }

    /// <summary>Somebody says that the server is back.</summary>
    public void Close()
    {
        lock (_lock) { _faults = 0; }
    }
}
