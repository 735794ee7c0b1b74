using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Server.Live;

/// <summary>How long a feed may go on: until its reader leaves, the server drains, or its token opens nothing any more.</summary>
sealed class FeedLife(Action<FeedLife> forget, CancellationToken left, CancellationToken drained) : IDisposable
{
    readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(left, drained);
    readonly Lock _lock = new();
    bool _isDisposed;

    public CancellationToken End => _end.Token;

    public bool IsLocked { get; private set; }

    public static ProductException Refusal() =>
        new(ErrorCode.Unauthenticated, "the token that this feed was opened with is revoked, has expired, or its run has ended", "token_ended");

    /// <summary>The token opens nothing any more.</summary>
    public void Lock()
    {
        lock (_lock)
        {
            if (!_isDisposed)
            {
                IsLocked = true;
                _end.Cancel();
            }
        }
    }

    public void Dispose()
    {
        forget(this);
        lock (_lock)
        {
            _isDisposed = true;
            _end.Dispose();
        }
    }
}
