using AgentOrchestrator.Protocol.Secrets;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runners;

namespace AgentOrchestrator.Runner.Attempts;

/// <summary>Text as it is written, on its way to whoever watches: gathered for 50 ms, sent once, never again.</summary>
sealed class DeltaStream(CoordinatorLink link, AttemptRecord attempt, Redactor redactor, TimeProvider time)
{
    const int MaxPendingChars = 64 * 1024;
    static readonly TimeSpan s_gather = TimeSpan.FromMilliseconds(50);

    readonly Lock _lock = new();
    readonly List<TextDelta> _pending = [];
    readonly StreamedRedaction _redaction = new(redactor);
    string _heldKind = "";
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
            _redaction.End();
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

                deltas = [.. _pending.SelectMany(Redacted)];
                _pending.Clear();
                _pendingChars = 0;
            }

            if (deltas.Count == 0)
            {
                continue;
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

    /// <summary>Without secrets; what may be the beginning of one waits for the next piece of its kind.</summary>
    List<TextDelta> Redacted(TextDelta delta)
    {
        var shown = new List<TextDelta>();
        if (delta.Kind != _heldKind)
        {
            Add(_heldKind, _redaction.End());
            _heldKind = delta.Kind;
        }

        Add(delta.Kind, _redaction.Add(delta.Text));
        return shown;

        void Add(string kind, string text)
        {
            if (text.Length > 0)
            {
                shown.Add(delta with { Kind = kind, Text = text });
            }
        }
    }
}
