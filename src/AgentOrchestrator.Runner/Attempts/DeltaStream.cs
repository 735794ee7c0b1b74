using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runners;

namespace AgentOrchestrator.Runner.Attempts;

/// <summary>Text as it is written, on its way to whoever watches: gathered for 50 ms, sent once, never again.</summary>
sealed class DeltaStream(CoordinatorLink link, AttemptRecord attempt, TimeProvider time)
{
    const int MaxPendingChars = 64 * 1024;
    static readonly TimeSpan s_gather = TimeSpan.FromMilliseconds(50);

    readonly Lock _lock = new();
    readonly List<TextDelta> _pending = [];
    int _pendingChars;
    Task? _sending;

    /// <summary>Never waits. What comes faster than it can be sent is dropped.</summary>
    public void Write(TextDelta delta)
    {
        lock (_lock)
        {
            if (delta.Text.Length == 0 || _pendingChars + delta.Text.Length > MaxPendingChars)
            {
                return;
            }

            _pendingChars += delta.Text.Length;
            if (_pending is [.., var last] && last.Kind == delta.Kind)
            {
                _pending[^1] = last with { Text = last.Text + delta.Text };
            }
            else
            {
                _pending.Add(delta);
            }

            _sending ??= SendAsync();
        }
    }

    /// <summary>Drops what has not been sent.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _pending.Clear();
            _pendingChars = 0;
        }
    }

    /// <summary>Completes when what was written is sent or dropped.</summary>
    public Task FlushAsync()
    {
        lock (_lock)
        {
            return _sending ?? Task.CompletedTask;
        }
    }

    async Task SendAsync()
    {
        while (true)
        {
            await Task.Delay(s_gather, time).ConfigureAwait(false);
            IReadOnlyList<TextDelta> deltas;
            lock (_lock)
            {
                if (_pending.Count == 0)
                {
                    _sending = null;
                    return;
                }

                deltas = [.. _pending];
                _pending.Clear();
                _pendingChars = 0;
            }

            try
            {
                await link.ShowAsync(attempt.RunId, attempt.Fence, deltas, CancellationToken.None).ConfigureAwait(false);
            }
            catch (ProductException)
            {
                // Nobody watches a server that is away; the finished message is an event and is kept.
            }
        }
    }
}
